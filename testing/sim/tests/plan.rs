//! Plans of simulated cities.

#[path = "../src/plan.rs"]
#[expect(dead_code, reason = "only plans themselves are tested here")]
mod plan;

use civitas_types::{Epochs, Height};
use plan::{MembershipPlan, Plan, PlannedChanges};
use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU64,
};

#[test]
fn a_seed_gives_one_plan_and_its_events_are_in_order() {
    for seed in 0..200 {
        for draw in [Plan::draw, Plan::changing] {
            let (one, two) = (draw(seed), draw(seed));
            assert_eq!(format!("{one:?}"), format!("{two:?}"));
            for stage in &one.stages {
                assert!(stage.events.is_sorted_by_key(|(at, _)| *at));
                assert!(stage.events.iter().all(|(at, _)| *at <= stage.duration_ms));
            }
        }
    }
}

#[test]
fn every_epoch_has_four_validators_of_six() {
    let plan = MembershipPlan::Changing { epoch_blocks: 6 };
    let mut seen = BTreeSet::new();
    for epoch in 0..100 {
        let mut validators = plan.validators(7, 6, epoch);
        assert_eq!(validators, plan.validators(7, 6, epoch));
        validators.sort_unstable();
        validators.dedup();
        assert_eq!(validators.len(), 4);
        assert!(validators.iter().all(|node| *node < 6));
        seen.insert(validators);
    }
    assert!(seen.len() > 10, "{seen:?}");
    assert_eq!(MembershipPlan::All.validators(7, 4, 3), [0, 1, 2, 3]);
}

#[test]
fn a_change_is_done_when_a_new_validator_makes_a_block() {
    const EPOCH_BLOCKS: usize = 6;
    let plan = Plan {
        membership: MembershipPlan::Changing { epoch_blocks: 6 },
        ..Plan::changing(2)
    };
    let epochs = Epochs::new(NonZeroU64::new(6).unwrap());
    let validators = |epoch: usize| plan.membership.validators(plan.seed, plan.nodes, epoch as u64);
    // Four blocks and more of epoch 10, so that every validator has its turn in every epoch.
    let heights = 1..=10 * EPOCH_BLOCKS + 3;
    let count = |makers: &dyn Fn(usize) -> Vec<usize>| {
        let made = heights.clone().map(|height| {
            let makers = makers(height / EPOCH_BLOCKS);
            (Height::new(height as u64), Some(makers[height % makers.len()]))
        });
        plan.changes(epochs, &made.collect::<BTreeMap<_, _>>())
    };
    let planned = count(&validators).unwrap();
    assert!(planned.due > 0 && planned.done == planned.due, "{planned:?}");
    // Whoever stays can make all blocks: then nothing shows that others have come.
    let staying = |epoch: usize| {
        let before = validators(epoch.saturating_sub(1));
        let both = validators(epoch).into_iter().filter(|node| before.contains(node));
        both.collect::<Vec<_>>()
    };
    let unseen = count(&staying).unwrap();
    assert_eq!((unseen.due, unseen.done), (planned.due, 0));
    // The plan is ignored, or nobody knows who made a block.
    assert!(count(&|_| validators(0)).is_err());
    let unknown = BTreeMap::from([(Height::new(1), None)]);
    assert!(plan.changes(epochs, &unknown).is_err());
    let nothing = plan.changes(epochs, &BTreeMap::new()).unwrap();
    assert_eq!(nothing, PlannedChanges::default());
}
