//! Headers of CometBFT, made and voted for by `tendermint-testgen`. Another crate's tests have them, too.

#![allow(clippy::unwrap_used, reason = "tests")]

use prost::Message as _;
use tendermint::{Hash, Time, block, validator::Set};
use tendermint_proto::v0_38::types::{LightBlock, ValidatorSet as RawSet};
use tendermint_testgen::{Commit, Generator as _, Header, Validator, Vote, validator::generate_validators};

/// Validators of equal weight.
fn validators(names: &[&str]) -> Vec<Validator> {
    names
        .iter()
        .map(|name| Validator::new(name).voting_power(10))
        .collect()
}

pub fn made(height: u64, own: &[&str], next: &[&str]) -> Header {
    Header::new(&validators(own))
        .next_validators(&validators(next))
        .height(height)
        .chain_id("trade-1")
        .last_block_id_hash(Hash::Sha256([9; 32]))
        .app_hash(vec![7; 32].try_into().unwrap())
        .time(Time::from_unix_timestamp(1_000_000 + height.cast_signed(), 5).unwrap())
}

pub fn set(names: &[&str]) -> Set {
    Set::without_proposer(generate_validators(&validators(names)).unwrap())
}

pub fn set_bytes(names: &[&str]) -> Vec<u8> {
    RawSet::from(set(names)).encode_to_vec()
}

/// A header with the votes of some of its validators.
pub fn voted(header: &Header, own: &[&str], voters: &[&str]) -> LightBlock {
    let votes = own.iter().zip(0_u16..).filter(|(name, _)| voters.contains(name));
    let votes = votes
        .map(|(name, index)| {
            Vote::new(Validator::new(name).voting_power(10), header.clone())
                .index(index)
                .round(1)
        })
        .collect();
    let commit = Commit::new_with_votes(header.clone(), 1, votes)
        .generate()
        .unwrap();
    let signed = block::signed_header::SignedHeader::new(header.generate().unwrap(), commit).unwrap();
    LightBlock {
        signed_header: Some(signed.into()),
        validator_set: Some(set(own).into()),
    }
}
