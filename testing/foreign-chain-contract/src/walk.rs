//! A long walk: the chain grows and changes, endpoints fail and lie in turn, and a follower must end with exactly the
//! chain.

use crate::{Fault, Peer, assert_same, in_time, is_seen};
use civitas_ports::{FinalityClass, ForeignBlock, ForeignError};

/// Steps of the walk.
const STEPS: u64 = 160;
/// How deep the chain changes in the walk; the driver is told the same.
const DEPTH: u64 = 3;

/// Chance that comes from a seed (splitmix64, Steele, Lea and Flood 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A follower takes every block that becomes final, over two endpoints of which one misbehaves at every other step, and
/// sometimes both. It ends with exactly the chain, although at times it got nothing.
pub async fn follows_through_anything(peer: &mut impl Peer, seed: u64) {
    let mut chance = Chance(seed);
    let faults: Vec<Fault> = Fault::LIES
        .into_iter()
        .chain(Fault::FAILURES)
        .filter(|fault| is_seen(peer, *fault))
        .collect();
    let first = peer.first_height();
    let chain = peer.connect(&[0, 1], FinalityClass::Depth(DEPTH));
    let mut taken: Vec<ForeignBlock> = Vec::new();
    let mut refusals = 0_u32;
    for step in 0..STEPS {
        peer.mine(usize::try_from(chance.below(6)).unwrap_or_default());
        if peer.is_replaceable() && peer.height() > DEPTH && chance.below(3) == 0 {
            peer.reorganise(1 + chance.below(DEPTH));
        }
        for endpoint in 0..2 {
            let is_bad = chance.below(4) == 0;
            let index = usize::try_from(chance.below(faults.len() as u64)).unwrap_or_default();
            // A stall costs real time: now and then is enough.
            let fault = Some(faults[index]).filter(|fault| *fault != Fault::Stall || step % 32 == 0);
            peer.misbehave(endpoint, fault.filter(|_| is_bad));
        }
        let Ok(head) = in_time("the head", chain.head()).await else {
            refusals += 1;
            continue;
        };
        while head
            .finalized
            .is_some_and(|finalized| finalized >= first + taken.len() as u64)
        {
            match in_time("a block", chain.block(first + taken.len() as u64)).await {
                Ok(block) => taken.push(block),
                Err(ForeignError::Settings { what }) => crate::panic_with(&what),
                Err(_) => {
                    refusals += 1;
                    break;
                }
            }
        }
    }
    for endpoint in 0..2 {
        peer.misbehave(endpoint, None);
    }
    assert!(refusals > 0, "seed {seed}: nothing ever went wrong");
    assert!(
        taken.len() as u64 > STEPS / 2,
        "seed {seed}: only {} blocks",
        taken.len()
    );
    for (block, height) in taken.iter().zip(first..) {
        assert_eq!(block.header.height, height, "seed {seed}");
        assert_same(block, &peer.truth(height));
    }
}
