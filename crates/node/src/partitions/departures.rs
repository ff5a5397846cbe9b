//! When a node that is no member of a ledger any more stops to run it.
//!
//! It serves until its last epoch is over. Where the others have ended that epoch without it, they serve it no more: it
//! cannot learn of the end, gives the ledger up, and tries again much later, for the others may have been away
//! themselves. Pure: what is seen and the time in, a verdict out.

use civitas_types::Height;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A validator that was voted out and gets no block for so long, while the main ledger goes on, was away when its last
/// epoch ended: the others do not serve it any more.
const LEFT_BEHIND: Duration = Duration::from_secs(600);
/// Blocks that even an idle ledger makes in that time, at least.
const LEFT_BEHIND_HEARTBEATS: u64 = 10;
/// When such a ledger is tried again: the others may have been away themselves, and need its vote.
const LEFT_BEHIND_AGAIN: Duration = Duration::from_secs(3_600);
/// How old the main ledger's newest block may be while it goes on.
const MAIN_YOUNG: Duration = Duration::from_secs(60);

/// What a node is to a ledger.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whether the ledger is neither closed nor unknown.
    pub is_open: bool,
    /// Whether the registry has the node among the members.
    pub is_member: bool,
    /// Whether it orders the epoch that runs there, as far as it knows.
    pub is_orderer: bool,
}

/// How long a ledger has stood at its height.
#[derive(Clone, Copy, Debug)]
pub struct Still {
    height: Height,
    since: SystemTime,
}

impl Still {
    /// Of a ledger that begins to run.
    pub const fn new(now: SystemTime) -> Self {
        Self {
            height: Height::GENESIS,
            since: now,
        }
    }

    /// Takes in the ledger's height.
    pub fn see(&mut self, height: Height, now: SystemTime) {
        if self.height != height {
            *self = Self { height, since: now };
        }
    }

    /// Whether nobody serves the ledger to this node any more: it stands still although the main ledger, whose newest
    /// block has this time in milliseconds since 1970, goes on.
    pub fn is_left_behind(&self, heartbeat_ms: u64, main_ms: u64, now: SystemTime) -> bool {
        let still = now.duration_since(self.since).unwrap_or_default();
        let beats = Duration::from_millis(heartbeat_ms.saturating_mul(LEFT_BEHIND_HEARTBEATS));
        let main = UNIX_EPOCH
            .checked_add(Duration::from_millis(main_ms))
            .unwrap_or(now);
        let main_age = now.duration_since(main).unwrap_or_default();
        still >= LEFT_BEHIND.max(beats) && main_age <= MAIN_YOUNG
    }
}

/// Ledgers that the node gave up, with when it tries them again. At most as many as the registry holds.
#[derive(Debug, Default)]
pub struct Departures(BTreeMap<String, SystemTime>);

impl Departures {
    /// Whether the node shall run the ledger. A member that was one before has given nothing up.
    pub fn is_wanted(&mut self, name: &str, place: Place, now: SystemTime) -> bool {
        if place.is_member {
            self.0.remove(name);
        }
        let is_given_up = self.0.get(name).is_some_and(|again_at| now < *again_at);
        place.is_open && (place.is_member || place.is_orderer && !is_given_up)
    }

    /// The ledger is not run before a while has passed, unless the node becomes a member.
    pub fn give_up(&mut self, name: &str, now: SystemTime) {
        let again_at = now.checked_add(LEFT_BEHIND_AGAIN).unwrap_or(now);
        self.0.insert(name.to_owned(), again_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEARTBEAT_MS: u64 = 1_000;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    /// Milliseconds since 1970 of a main block that was made then.
    fn main_at(seconds: u64) -> u64 {
        (1_800_000_000 + seconds) * 1_000
    }

    const VOTED_OUT: Place = Place {
        is_open: true,
        is_member: false,
        is_orderer: true,
    };

    #[test]
    fn who_gets_no_block_while_the_main_ledger_goes_on_is_left_behind() {
        let check = |seconds: u64, heartbeat_ms: u64, main_age: u64, expected: bool| {
            let mut still = Still::new(at(0));
            still.see(Height::new(7), at(10));
            still.see(Height::new(7), at(seconds));
            let found =
                still.is_left_behind(heartbeat_ms, main_at(10 + seconds - main_age), at(10 + seconds));
            assert_eq!(found, expected, "{seconds} s, {heartbeat_ms} ms, {main_age} s");
        };
        check(599, HEARTBEAT_MS, 0, false);
        check(600, HEARTBEAT_MS, 0, true);
        // The main ledger stands still, too: it is this node that is cut off, or the city.
        check(600, HEARTBEAT_MS, 60, true);
        check(600, HEARTBEAT_MS, 61, false);
        // A ledger that is slow by its settings.
        check(2_999, 300_000, 0, false);
        check(3_000, 300_000, 0, true);
        check(600, u64::MAX, 0, false);
    }

    #[test]
    fn a_block_begins_the_wait_anew() {
        let mut still = Still::new(at(0));
        for seconds in 1..=10 {
            still.see(Height::new(seconds), at(seconds * 599));
            assert!(!still.is_left_behind(HEARTBEAT_MS, main_at(seconds * 599), at(seconds * 599)));
        }
        assert!(still.is_left_behind(HEARTBEAT_MS, main_at(6_590), at(6_590)));
        // A clock that was set back, and a main block from the future.
        assert!(!still.is_left_behind(HEARTBEAT_MS, main_at(0), at(0)));
        assert!(still.is_left_behind(HEARTBEAT_MS, main_at(9_999), at(6_590)));
    }

    #[test]
    fn what_was_given_up_is_tried_again_after_an_hour() {
        let mut departures = Departures::default();
        assert!(departures.is_wanted("cars", VOTED_OUT, at(0)));
        departures.give_up("cars", at(0));
        assert!(!departures.is_wanted("cars", VOTED_OUT, at(0)));
        assert!(departures.is_wanted("ships", VOTED_OUT, at(0)));
        assert!(!departures.is_wanted("cars", VOTED_OUT, at(3_599)));
        assert!(departures.is_wanted("cars", VOTED_OUT, at(3_600)));
        // In vain: another hour.
        departures.give_up("cars", at(4_200));
        assert!(!departures.is_wanted("cars", VOTED_OUT, at(7_799)));
        assert!(departures.is_wanted("cars", VOTED_OUT, at(7_800)));
    }

    #[test]
    fn a_member_again_is_wanted_at_once_and_serves_its_next_last_epoch() {
        let mut departures = Departures::default();
        departures.give_up("cars", at(0));
        let member = Place {
            is_member: true,
            is_orderer: false,
            ..VOTED_OUT
        };
        assert!(departures.is_wanted("cars", member, at(60)));
        // Voted out a second time within the hour: the others need its votes until its last epoch is over.
        assert!(departures.is_wanted("cars", VOTED_OUT, at(120)));
        // A closed ledger, and one that it only followed.
        let closed = Place {
            is_open: false,
            ..member
        };
        assert!(!departures.is_wanted("cars", closed, at(180)));
        let follower = Place {
            is_orderer: false,
            ..VOTED_OUT
        };
        assert!(!departures.is_wanted("cars", follower, at(180)));
    }
}
