//! Random calls against a model of a few lines: whoever calls whatever in whatever order, what is isolated is what two
//! people decided last, and at most one command of a target waits for its proof.

use super::*;
use crate::hook::LATE_SECONDS_MAX;
use rand::{RngExt, SeedableRng, rngs::StdRng};

const STEPS: usize = 900;

/// What commands can be about: on which chain, to freeze and to lift, on what, how at most.
struct Target {
    chain: &'static str,
    actions: [Action; 2],
    target: &'static [u8],
    level: Level,
}

const TARGETS: [Target; 4] = [
    Target {
        chain: HOOKED,
        actions: [Action::FreezeChain, Action::LiftChain],
        target: &[],
        level: Level::Hook,
    },
    Target {
        chain: HOOKED,
        actions: [Action::FreezeAccount, Action::LiftAccount],
        target: &[0x51; 20],
        level: Level::Hook,
    },
    // The same bytes as an account and as a contract are two targets.
    Target {
        chain: HOOKED,
        actions: [Action::FreezeContract, Action::LiftContract],
        target: &[0x51; 20],
        level: Level::Isolation,
    },
    Target {
        chain: PLAIN,
        actions: [Action::FreezeAccount, Action::LiftAccount],
        target: &[0x52; 20],
        level: Level::Isolation,
    },
];

/// What the rules say of one command.
#[derive(Clone, Copy)]
struct Known {
    target: usize,
    freezes: bool,
    by: Address,
    level: Level,
    status: CommandStatus,
    deadline: u64,
    declared: bool,
}

#[derive(Default)]
struct Model {
    commands: Vec<Known>,
    /// The last approved command by target, as an index.
    last: [Option<usize>; TARGETS.len()],
    /// Commands that were withdrawn because no hook took them any more.
    lost: usize,
}

impl Model {
    fn status(&self, index: usize, now: u64) -> CommandStatus {
        let known = self.commands[index];
        if known.status == CommandStatus::InForce && now > known.deadline {
            return CommandStatus::Overdue;
        }
        known.status
    }

    fn frozen(&self, target: usize) -> bool {
        self.last[target].is_some_and(|index| self.commands[index].freezes)
    }

    /// The oldest command that waits for its proof.
    fn waiting(&self) -> Option<usize> {
        self.commands
            .iter()
            .position(|known| known.status == CommandStatus::InForce)
    }

    /// Whether a command of this level may follow on the last one of its target.
    fn takes(&self, target: usize, level: Level) -> bool {
        level == Level::Hook || self.last[target].is_none_or(|last| self.commands[last].level != Level::Hook)
    }

    /// Whether the call succeeds, and what it changes.
    fn approve(&mut self, index: usize, caller: Address, now: u64) -> bool {
        let known = self.commands[index];
        let last = self.last[known.target];
        if known.status != CommandStatus::Ordered || known.by == caller || last > Some(index) {
            return false;
        }
        if !self.takes(known.target, known.level) {
            return false;
        }
        if let Some(last) = last.filter(|last| self.commands[*last].status == CommandStatus::InForce) {
            self.commands[last].status = CommandStatus::Withdrawn;
        }
        self.last[known.target] = Some(index);
        self.commands[index].deadline = now + SECONDS;
        self.commands[index].status = if known.level == Level::Hook {
            CommandStatus::InForce
        } else {
            CommandStatus::Done
        };
        true
    }

    fn withdraw(&mut self, index: usize, now: u64) -> bool {
        let known = &mut self.commands[index];
        let is_lost = known.status == CommandStatus::InForce && now > known.deadline + LATE_SECONDS_MAX;
        self.lost += usize::from(is_lost);
        let takes_back = is_lost || known.status == CommandStatus::Ordered;
        if takes_back {
            known.status = CommandStatus::Withdrawn;
        }
        takes_back
    }

    fn declare(&mut self, index: usize, now: u64) -> bool {
        let is_due = self.status(index, now) == CommandStatus::Overdue && !self.commands[index].declared;
        self.commands[index].declared |= is_due;
        is_due
    }
}

fn compare(host: &mut MemoryHost, model: &Model) {
    let now = host.block.timestamp;
    for index in 0..model.commands.len() {
        let id = u64::try_from(index).unwrap() + 1;
        assert_eq!(status(host, id), model.status(index, now), "command {id}");
    }
    let chain_frozen = model.frozen(0);
    assert_eq!(isolated(host, id(HOOKED), &[]).unwrap(), chain_frozen);
    let on_hooked = chain_frozen || model.frozen(1) || model.frozen(2);
    assert_eq!(isolated(host, id(HOOKED), &[0x51; 20]).unwrap(), on_hooked);
    assert_eq!(isolated(host, id(PLAIN), &[0x52; 20]).unwrap(), model.frozen(3));
    let waiting: Vec<u64> = open_commands(host, id(HOOKED), 0, 50)
        .unwrap()
        .iter()
        .map(|command| command.id)
        .collect();
    let in_force = (1..)
        .zip(&model.commands)
        .filter(|(_, known)| known.status == CommandStatus::InForce);
    assert_eq!(waiting, in_force.map(|(id, _)| id).collect::<Vec<u64>>());
    assert!(waiting.len() <= 2, "one of each target with a hook");
}

#[test]
fn what_is_isolated_is_what_two_people_decided_last() {
    let mut chance = StdRng::seed_from_u64(7);
    let mut host = city(&beginning());
    let mut model = Model::default();
    let mut outcomes = [[0; 2]; 4];
    for _ in 0..STEPS {
        let caller = [REGULATOR, COURT][chance.random_range(0..2)];
        let count = model.commands.len();
        let kind = if count == 0 { 0 } else { chance.random_range(0..5) };
        // Mostly something recent: what is old is decided. Or what waits for its proof.
        let recent = count.saturating_sub(1 + chance.random_range(0..6));
        let index = match model.waiting() {
            Some(waiting) if kind > 1 && chance.random_range(0..2) == 0 => waiting,
            _ => recent,
        };
        let id = u64::try_from(index).unwrap() + 1;
        let now = host.block.timestamp;
        let (data, expected) = match kind {
            0 => {
                let target = chance.random_range(0..TARGETS.len());
                let freezes = chance.random_range(0..2) == 0;
                let what = &TARGETS[target];
                let action = what.actions[usize::from(!freezes)];
                let level = [what.level, what.level, Level::Isolation][chance.random_range(0..3)];
                let order = order(super::id(what.chain), action, what.target, level);
                let expected = model.takes(target, level);
                if expected {
                    model.commands.push(Known {
                        target,
                        freezes,
                        by: caller,
                        level,
                        status: CommandStatus::Ordered,
                        deadline: 0,
                        declared: false,
                    });
                }
                (abi::orderCall { order }.abi_encode(), expected)
            }
            1 => {
                let expected = model.approve(index, caller, now);
                (abi::approveCall { id }.abi_encode(), expected)
            }
            2 => {
                let reason = "not needed".to_owned();
                // Seldom: what is withdrawn is not approved.
                if chance.random_range(0..4) != 0 {
                    continue;
                }
                (
                    abi::withdrawCall { id, reason }.abi_encode(),
                    model.withdraw(index, now),
                )
            }
            3 => (
                abi::declareOverdueCall { id }.abi_encode(),
                model.declare(index, now),
            ),
            _ => {
                let is_long = chance.random_range(0..6) == 0;
                host.block.timestamp += if is_long {
                    LATE_SECONDS_MAX
                } else {
                    chance.random_range(0..2 * SECONDS)
                };
                host.block.height += 1;
                compare(&mut host, &model);
                continue;
            }
        };
        let result = host.call(caller, ADDRESS, &data);
        assert_eq!(result.is_ok(), expected, "{kind} of command {id}: {result:?}");
        outcomes[kind][usize::from(expected)] += 1;
        compare(&mut host, &model);
    }
    let [orders, approvals, withdrawals, overdue] = outcomes;
    assert!(orders[1] > 20 && model.lost > 2, "{outcomes:?} {}", model.lost);
    for each in [orders, approvals, withdrawals, overdue] {
        assert!(each.iter().all(|count| *count > 3), "{outcomes:?}");
    }
}
