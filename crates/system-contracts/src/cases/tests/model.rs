//! Random calls against a model of a few lines: whoever calls whatever in whatever order, what is isolated is what two
//! people decided last, and at most one command of a target waits for its proof.

use super::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};

const STEPS: usize = 600;

/// What commands can be about: on which chain, to freeze and to lift, on what, how.
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
    status: CommandStatus,
    deadline: u64,
    declared: bool,
}

#[derive(Default)]
struct Model {
    commands: Vec<Known>,
    /// The last approved command by target, as an index.
    last: [Option<usize>; TARGETS.len()],
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

    /// Whether the call succeeds, and what it changes.
    fn approve(&mut self, index: usize, caller: Address, now: u64) -> bool {
        let known = self.commands[index];
        let last = self.last[known.target];
        if known.status != CommandStatus::Ordered || known.by == caller || last > Some(index) {
            return false;
        }
        if let Some(last) = last.filter(|last| self.commands[*last].status == CommandStatus::InForce) {
            self.commands[last].status = CommandStatus::Withdrawn;
        }
        self.last[known.target] = Some(index);
        let level = &TARGETS[known.target].level;
        self.commands[index].deadline = now + SECONDS;
        self.commands[index].status = if *level == Level::Hook {
            CommandStatus::InForce
        } else {
            CommandStatus::Done
        };
        true
    }

    fn withdraw(&mut self, index: usize) -> bool {
        let is_ordered = self.commands[index].status == CommandStatus::Ordered;
        if is_ordered {
            self.commands[index].status = CommandStatus::Withdrawn;
        }
        is_ordered
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
        // Mostly something recent: what is old is decided.
        let index = count.saturating_sub(1 + chance.random_range(0..6));
        let id = u64::try_from(index).unwrap() + 1;
        let now = host.block.timestamp;
        let kind = if count == 0 { 0 } else { chance.random_range(0..5) };
        let (data, expected) = match kind {
            0 => {
                let target = chance.random_range(0..TARGETS.len());
                let freezes = chance.random_range(0..2) == 0;
                let what = &TARGETS[target];
                let action = what.actions[usize::from(!freezes)];
                let order = order(super::id(what.chain), action, what.target, what.level);
                model.commands.push(Known {
                    target,
                    freezes,
                    by: caller,
                    status: CommandStatus::Ordered,
                    deadline: 0,
                    declared: false,
                });
                (abi::orderCall { order }.abi_encode(), true)
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
                    model.withdraw(index),
                )
            }
            3 => (
                abi::declareOverdueCall { id }.abi_encode(),
                model.declare(index, now),
            ),
            _ => {
                host.block.timestamp += chance.random_range(0..2 * SECONDS);
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
    let [[_, orders], approvals, withdrawals, overdue] = outcomes;
    assert!(orders > 20, "{outcomes:?}");
    for each in [approvals, withdrawals, overdue] {
        assert!(each.iter().all(|count| *count > 3), "{outcomes:?}");
    }
}
