//! Plans of simulated cities.

#[path = "../src/plan.rs"]
#[expect(dead_code, reason = "only the drawing of plans is tested here")]
mod plan;

use plan::{MembershipPlan, Plan};
use std::collections::BTreeSet;

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
