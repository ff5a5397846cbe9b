//! What is known of open commands now, and when they are tried again.

use crate::GatewayError;
use alloy_primitives::Bytes;
use civitas_system_contracts::cases::{Command, CommandStatus};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How long the next gateway waits for the one before it to send a command.
const TURN: Duration = Duration::from_secs(5);

/// Pause before a command is sent again, doubled each time. A chain with blocks every few seconds has it by then.
const AGAIN_FIRST: Duration = Duration::from_secs(5);

/// The longest of these pauses: each send may cost money.
const AGAIN_MAX: Duration = Duration::from_secs(300);

/// How far a command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// This gateway just signed it.
    Attested,
    /// Too few gateways have signed it.
    WaitsForSignatures,
    /// Enough have signed it, but not enough of those that the hook knows: it needs a rotation.
    OtherGateways,
    /// This gateway has no account on the chain: another one has to send it.
    NoForeignKey,
    /// Another gateway sends it first.
    WaitsForTurn,
    /// It was sent, and has no effect yet.
    Sent,
    /// It has its effect; a batch with that is not anchored yet.
    Executed,
    /// This gateway just proved it.
    Proven,
    /// The hook has done a later command on the same target.
    Superseded,
    /// No hook can do it.
    Impossible,
    /// The chain, its hook or the ledger keep all commands of the chain from going on: see the error of the chain.
    Stopped,
    /// The last attempt failed.
    Failing,
}

/// An open command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandProgress {
    /// Its number on the ledger.
    pub id: u64,
    /// What it does, by its number (ICases.Action).
    pub action: u8,
    /// The contract or account; empty for the chain.
    pub target: Bytes,
    /// How far it is.
    pub stage: Stage,
    /// Whether its deadline has passed.
    pub overdue: bool,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

impl CommandProgress {
    pub(super) fn of(command: &Command, result: &Result<Stage, GatewayError>) -> Self {
        let (stage, error) = match result {
            Ok(stage) => (*stage, None),
            Err(error) => (Stage::Failing, Some(civitas_sdk::causes(error))),
        };
        Self {
            id: command.id,
            action: command.order.action.into(),
            target: command.order.target.clone(),
            stage,
            overdue: command.status == CommandStatus::Overdue,
            error,
        }
    }
}

/// The commands of a chain, and what this gateway did for them since it was started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Commands {
    /// Those that are in force or overdue.
    pub open: Vec<CommandProgress>,
    /// Commands that it signed.
    pub attested: u64,
    /// Transactions that it sent to the hook.
    pub sent: u64,
    /// Commands that it proved.
    pub proven: u64,
    /// Commands that it declared overdue.
    pub declared: u64,
    /// What keeps all commands of the chain from going on.
    pub error: Option<String>,
}

/// What this process remembers of an open command.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    ready_since: Option<Instant>,
    sent_at: Option<Instant>,
    sends: u32,
    /// The block that did not prove it, or whose proof the ledger took or refused.
    pub(super) proven_at: Option<u64>,
    pub(super) is_declared: bool,
}

impl Memory {
    pub(super) const fn has_sent(&self) -> bool {
        self.sends > 0
    }

    /// Whether a command that is ready is to be sent now: after those before it in turn, and not again too soon.
    pub(super) fn may_send(&mut self, rank: u32, now: Instant) -> bool {
        let ready_since = *self.ready_since.get_or_insert(now);
        if now.duration_since(ready_since) < TURN.saturating_mul(rank) {
            return false;
        }
        let pause = AGAIN_FIRST
            .saturating_mul(
                1_u32
                    .checked_shl(self.sends.saturating_sub(1))
                    .unwrap_or(u32::MAX),
            )
            .min(AGAIN_MAX);
        self.sent_at
            .is_none_or(|sent_at| now.duration_since(sent_at) >= pause)
    }

    pub(super) const fn note_sent(&mut self, now: Instant) {
        self.sent_at = Some(now);
        self.sends = self.sends.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_sent_in_turn_and_again_after_longer_and_longer_pauses() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut memory = Memory::default();
        assert!(!memory.may_send(2, at(0)));
        assert!(!memory.may_send(2, at(9)));
        assert!(memory.may_send(2, at(10)) && !memory.has_sent());
        let mut next = 10;
        for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
            memory.note_sent(at(next));
            assert!(
                memory.has_sent() && !memory.may_send(2, at(next + pause - 1)),
                "{pause}"
            );
            next += pause;
            assert!(memory.may_send(2, at(next)), "{pause}");
        }
    }
}
