//! Plans of simulated cities.

#[path = "../src/plan.rs"]
#[expect(dead_code, reason = "only the drawing of plans is tested here")]
mod plan;

use plan::Plan;

#[test]
fn a_seed_gives_one_plan_and_its_events_are_in_order() {
    for seed in 0..200 {
        let (one, two) = (Plan::draw(seed), Plan::draw(seed));
        assert_eq!(format!("{one:?}"), format!("{two:?}"));
        for stage in &one.stages {
            assert!(stage.events.is_sorted_by_key(|(at, _)| *at));
            assert!(stage.events.iter().all(|(at, _)| *at <= stage.duration_ms));
        }
    }
}
