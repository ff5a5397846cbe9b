//! Commands of the main ledger (contract Cases), carried out on a business chain by its supervision hook.
//!
//! ```text
//!  Cases.openCommands ─▶ attest ─▶ threshold of signatures ─▶ hook.execute (foreign account) ─▶ batch anchored ─▶ prove ─▶ Done
//!                                                                                     deadline passes ─▶ declareOverdue
//! ```
//!
//! Invariants:
//! - All state is on the two ledgers: what was done is asked, every time. Killed anywhere, the next step goes on, and what is done twice the
//!   hook or the ledger refuses.
//! - A command is never taken as done because it was sent: only the ledger says so, by proof of the hook's storage under an anchored block,
//!   whose header is proven, too, where the chain's headers can be.
//! - A command that cannot be carried out holds up no other one.
//! - A signature counts only for the hook that is registered now: where a newer one took its place, gateways sign again.

mod cases;
mod hook;
mod progress;

pub use progress::{CommandProgress, Commands, Stage};

use crate::{Account, Board, GatewayError, MainLedger, config::ChainConfig, headers};
use alloy_primitives::B256;
use cases::RegisteredHook;
use civitas_ports::{DigestSigner, ForeignChain, ForeignError, Outward};
use civitas_system_contracts::{
    anchors::Following,
    cases::{Attestation, Command, CommandStatus, Level},
    chains,
    hook::{self as common, Instruction},
    identities::recover_digest,
};
use hook::HookState;
use progress::Memory;
use std::{collections::BTreeMap, sync::Arc, time::Instant};
use tracing::info;

/// Anchored batches that are looked through for one whose header is proven: it is brought within seconds.
const UNPROVEN_MAX: u64 = 16;

/// The commands of one chain.
pub struct Enforcer {
    config: ChainConfig,
    id: B256,
    ledger: Arc<dyn MainLedger>,
    account: Account,
    /// The account on the chain; without it, this gateway signs and proves, and another one sends.
    foreign: Option<DigestSigner>,
    board: Arc<Board>,
    /// What this process saw of open commands: when to try again, nothing that is needed.
    memory: BTreeMap<u64, Memory>,
}

/// What all commands of a step have in common.
struct View<'a> {
    following: &'a Following,
    registered: RegisteredHook,
    /// Chain id of the main ledger.
    city: u64,
    outward: &'a dyn Outward,
    hook: HookState,
    /// The block by which effects are proven.
    basis: Basis,
}

/// A block whose state the ledger takes proofs of: the end of an anchored batch, and proven where headers of the chain can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// Its height, and that of the main ledger at which it was anchored.
    Block { height: u64, anchored_at: u64 },
    /// There is none yet.
    None,
    /// Validators of the chain signed two headers that cannot both be, at this height: nothing is proven any more.
    Contradicted { height: u64 },
}

impl std::fmt::Debug for Enforcer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Enforcer")
            .field("chain", &self.config.chain)
            .finish_non_exhaustive()
    }
}

impl Enforcer {
    /// The commands of a chain, shown on the board of its gateway.
    pub fn new(
        config: ChainConfig,
        ledger: Arc<dyn MainLedger>,
        account: Account,
        (foreign, board): (Option<DigestSigner>, Arc<Board>),
    ) -> Self {
        Self {
            id: chains::id_of(&config.chain),
            config,
            ledger,
            account,
            foreign,
            board,
            memory: BTreeMap::new(),
        }
    }

    /// CAIP-2 name of the chain.
    pub fn chain(&self) -> &str {
        &self.config.chain
    }

    /// Does the next thing for every open command. Dropped anywhere, the next step goes on.
    ///
    /// # Errors
    /// What stops all commands of the chain; what stops one stands on the board.
    pub async fn step(&mut self, now: Instant) -> Result<(), GatewayError> {
        let result = self.advance(now).await;
        if let Err(error) = &result {
            self.board.note_commands_failed(civitas_sdk::causes(error));
        }
        result
    }

    async fn advance(&mut self, now: Instant) -> Result<(), GatewayError> {
        let Some(following) = self.ledger.following(self.id).await? else {
            return Ok(());
        };
        let commands = cases::open_commands(&*self.ledger, self.id).await?;
        let mut commands: Vec<Command> = commands
            .into_iter()
            .filter(|command| command.order.level == Level::Hook)
            .collect();
        self.memory
            .retain(|id, _| commands.iter().any(|command| command.id == *id));
        if commands.is_empty() {
            self.board.note_commands(Vec::new());
            return Ok(());
        }
        // The gateway makes it at its first look.
        let Some(driver) = self.board.driver() else {
            return Ok(());
        };
        let view = self.look(&following, &*driver).await;
        let mut seen = Vec::with_capacity(commands.len());
        for command in commands.drain(..) {
            let mut memory = self.memory.remove(&command.id).unwrap_or_default();
            let result = self.pursue(view.as_ref().ok(), &command, &mut memory, now).await;
            self.memory.insert(command.id, memory);
            seen.push(CommandProgress::of(&command, &result));
        }
        self.board.note_commands(seen);
        view.map(|_| ())
    }

    async fn look<'a>(
        &self,
        following: &'a Following,
        driver: &'a dyn ForeignChain,
    ) -> Result<View<'a>, GatewayError> {
        let chain = || self.config.chain.clone();
        let outward = driver
            .outward()
            .ok_or_else(|| GatewayError::NoHookPossible { chain: chain() })?;
        let chain_id = self
            .config
            .evm_id()
            .ok_or_else(|| GatewayError::NoHookPossible { chain: chain() })?;
        let registered = cases::registered_hook(&*self.ledger, self.id, chain_id).await?;
        let registered = registered.ok_or_else(|| GatewayError::NoHook { chain: chain() })?;
        let hook = hook::read(outward, &registered).await?;
        let basis = self.basis(following).await?;
        Ok(View {
            following,
            registered,
            city: self.ledger.chain_id().await?,
            outward,
            hook,
            basis,
        })
    }

    /// The newest anchored block whose header is proven, or where none can be, the newest anchored block.
    async fn basis(&self, following: &Following) -> Result<Basis, GatewayError> {
        let client = headers::client(&*self.ledger, self.id).await?;
        if let Some(client) = client.as_ref().filter(|client| client.frozenAt != 0) {
            return Ok(Basis::Contradicted {
                height: client.frozenHeight,
            });
        }
        // The header of the newest is brought after it was anchored.
        let oldest = following.batchCount.saturating_sub(UNPROVEN_MAX);
        for index in (oldest..following.batchCount).rev() {
            let Some(anchor) = self.ledger.anchor(self.id, index).await? else {
                break;
            };
            let height = anchor.batch.toHeight;
            let is_proven = client.is_none()
                || headers::proven(&*self.ledger, self.id, height)
                    .await?
                    .is_some_and(|header| header.hash == anchor.batch.lastHash);
            if is_proven {
                return Ok(Basis::Block {
                    height,
                    anchored_at: anchor.height,
                });
            }
        }
        Ok(Basis::None)
    }

    /// The next thing for one command.
    async fn pursue(
        &self,
        view: Option<&View<'_>>,
        command: &Command,
        memory: &mut Memory,
        now: Instant,
    ) -> Result<Stage, GatewayError> {
        if command.status == CommandStatus::Overdue && !memory.is_declared {
            memory.is_declared = self.declare(command.id).await?;
        }
        // What stops all of them is told once.
        let Some(view) = view else {
            return Ok(Stage::Stopped);
        };
        let order = &command.order;
        let instruction = common::instruction(
            command.id,
            view.city,
            order.action.into(),
            &order.target,
            command.deadline,
        );
        let Some(instruction) = instruction else {
            return Ok(Stage::Impossible);
        };
        let attestations = self.attestations(view, &instruction).await?;
        let is_named = view
            .following
            .terms
            .gateways
            .iter()
            .any(|gateway| gateway.account == self.account.address());
        let is_attested = attestations
            .iter()
            .any(|attestation| attestation.gateway == self.account.address());
        if is_named && !is_attested {
            let is_signed = self.attest(view, &instruction).await?;
            return Ok(if is_signed {
                Stage::Attested
            } else {
                Stage::WaitsForSignatures
            });
        }
        if view.hook.executed(view.outward, command.id).await? {
            return self
                .prove(view, &instruction, command.approvedHeight, memory)
                .await;
        }
        let Some(signatures) = view.hook.signatures(&attestations) else {
            let said = u8::try_from(attestations.len()).unwrap_or(u8::MAX);
            // Enough have signed, but not those whom the hook knows.
            let is_enough = said >= view.following.terms.threshold;
            return Ok(if is_enough {
                Stage::OtherGateways
            } else {
                Stage::WaitsForSignatures
            });
        };
        self.execute(view, (&instruction, signatures), memory, now).await
    }

    /// Whether a command is declared overdue now; else the next step tries again.
    async fn declare(&self, id: u64) -> Result<bool, GatewayError> {
        match self.account.act(&*self.ledger, &cases::declare(id)).await {
            Ok(acted) => {
                if acted.succeeded {
                    self.board.count_commands(|commands| commands.declared += 1);
                }
                Ok(acted.succeeded)
            }
            // Another one did.
            Err(GatewayError::Refused { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The signatures that the registered hook takes: those for a hook before it say nothing to it.
    async fn attestations(
        &self,
        view: &View<'_>,
        instruction: &Instruction,
    ) -> Result<Vec<Attestation>, GatewayError> {
        let digest = view.registered.hook.instruction_hash(instruction);
        let mut found = cases::attestations(&*self.ledger, instruction.commandId).await?;
        found.retain(|one| recover_digest(digest, &one.signature) == Some(one.gateway));
        Ok(found)
    }

    /// Signs a command; false where the ledger took it into a block and did not take the signature.
    async fn attest(&self, view: &View<'_>, instruction: &Instruction) -> Result<bool, GatewayError> {
        let digest = view.registered.hook.instruction_hash(instruction);
        let signature = self.account.signer.sign_digest(digest);
        let signature = signature.map_err(GatewayError::Signer)?;
        let intent = cases::attest(instruction.commandId, &signature);
        let acted = self.account.act(&*self.ledger, &intent).await?;
        if acted.succeeded {
            self.board.count_commands(|commands| commands.attested += 1);
            info!(chain = %self.config.chain, command = instruction.commandId, "attested a command");
        }
        Ok(acted.succeeded)
    }

    async fn execute(
        &self,
        view: &View<'_>,
        (instruction, signatures): (&Instruction, Vec<Vec<u8>>),
        memory: &mut Memory,
        now: Instant,
    ) -> Result<Stage, GatewayError> {
        let Some(foreign) = &self.foreign else {
            return Ok(Stage::NoForeignKey);
        };
        if view.hook.latest(view.outward, instruction).await? > instruction.commandId {
            return Ok(Stage::Superseded);
        }
        let rank = view.hook.rank(self.account.address(), instruction.commandId);
        if !memory.may_send(rank, now) {
            return Ok(if memory.has_sent() {
                Stage::Sent
            } else {
                Stage::WaitsForTurn
            });
        }
        // A refusal is tried again later, too.
        memory.note_sent(now);
        let id = instruction.commandId;
        let sent = view
            .hook
            .execute(view.outward, foreign, (instruction.clone(), signatures))
            .await?;
        if let Some(hash) = sent {
            self.board.count_commands(|commands| commands.sent += 1);
            info!(chain = %self.config.chain, command = id, transaction = %hash, "sent a command");
        }
        Ok(Stage::Sent)
    }

    async fn prove(
        &self,
        view: &View<'_>,
        instruction: &Instruction,
        approved_height: u64,
        memory: &mut Memory,
    ) -> Result<Stage, GatewayError> {
        let (height, anchored_at) = match view.basis {
            Basis::Block { height, anchored_at } => (height, anchored_at),
            Basis::None => return Ok(Stage::Executed),
            Basis::Contradicted { height } => {
                return Err(GatewayError::ClientFrozen {
                    chain: self.config.chain.clone(),
                    height,
                });
            }
        };
        if anchored_at <= approved_height || memory.proven_at == Some(height) {
            return Ok(Stage::Executed);
        }
        let effect = common::effect(instruction.commandId, instruction.action, instruction.target);
        let Some(effect) = effect else {
            return Ok(Stage::Impossible);
        };
        let proof = view
            .outward
            .proof(view.registered.hook.address, effect.slot, height)
            .await
            .map_err(proofs_missing)?;
        // Another batch may hold it. What the endpoint says of the value decides only whether the ledger is asked.
        if proof.value != effect.value {
            memory.proven_at = Some(height);
            return Ok(Stage::Executed);
        }
        let intent = cases::prove(instruction.commandId, proof);
        let acted = self.account.act(&*self.ledger, &intent).await;
        // Only what the ledger said is an end of this proof: one that did not come to it is given again.
        if matches!(acted, Ok(_) | Err(GatewayError::Refused { .. })) {
            memory.proven_at = Some(height);
        }
        if !acted?.succeeded {
            return Ok(Stage::Executed);
        }
        self.board.count_commands(|commands| commands.proven += 1);
        info!(chain = %self.config.chain, command = instruction.commandId, height, "proved a command");
        Ok(Stage::Proven)
    }
}

/// Endpoints that give no proofs are a matter of what they are, not of the chain.
fn proofs_missing(error: ForeignError) -> GatewayError {
    match error {
        ForeignError::Refused { reason } => GatewayError::NoProof { reason },
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
