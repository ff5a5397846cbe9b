//! Enforcement over a scripted ledger and a scripted hook: cut off anywhere, with several gateways, on a chain that ignores it, with acts
//! that fail and a hook that takes another's place.

use super::*;
use crate::{Actors, Fate, Intent, Signer, Unsigned, config::Config};
use alloy_primitives::{Address, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue as _};
use civitas_ports::{
    BoxError, BoxFuture, ConsensusState, ForeignBlock, ForeignHead, ForeignHeader, OutwardCall, OutwardProof,
    OutwardReceipt, Sent,
};
use civitas_system_contracts::{
    anchors::{Anchor, Batch, Finality, Gateway as Named, Standing, Terms},
    cases::{Action, Attestation, Order},
    headers::{Client, Engine, Header},
    hook::{
        Hook,
        abi::{
            IAttested::{gatewaysCall, thresholdCall},
            ISupervisionHook::{executeCall, executedCall, latestCall},
        },
        effect_slot, encode_root,
    },
    interfaces::{
        IAnchors,
        ICases::{attestCall, attestationsCall, declareOverdueCall, openCommandsCall, proveCall},
        IChains::{TrustRoot, trustRootsCall},
        IHeaders::{clientCall, headerCall},
    },
};
use parking_lot::Mutex;
use secp256k1::{Message, SECP256K1, SecretKey};
use std::time::Duration;
use tokio::sync::watch;

const CHAIN: &str = "eip155:31001";
const CHAIN_ID: u64 = 31_001;
const CODE: &[u8] = b"a hook";
const HOOK: Address = Address::repeat_byte(0x77);
const TARGET: Address = Address::repeat_byte(0xaa);
const APPROVED: u64 = 100;

/// Everything that is not the gateway: both ledgers.
#[derive(Default)]
struct World {
    commands: Vec<Command>,
    attestations: Vec<(u64, Attestation)>,
    done: Vec<u64>,
    declared: Vec<u64>,
    executed: Vec<(u64, Address)>,
    frozen: u64,
    /// Height of the chain's newest anchored block, and of the main ledger when that was.
    anchor: Option<(u64, u64)>,
    /// Whether the ledger can prove headers of the chain, and which it did.
    has_client: bool,
    proven: Vec<u64>,
    /// Whether validators of the chain signed two headers that cannot both be.
    is_frozen: bool,
    gateways: u8,
    threshold: u8,
    /// Where the newest registered hook stands.
    hook: Address,
    /// Whether the node of the main ledger takes no transaction now.
    is_busy: bool,
    /// Whether transactions come into blocks of the main ledger without an effect.
    fails: bool,
    /// Whether the chain takes transactions and does nothing.
    ignores: bool,
    /// Questions and acts until nobody answers; counts down.
    answers: Option<u32>,
}

impl World {
    fn client(&self) -> Client {
        Client {
            engine: if self.has_client {
                Engine::Qbft
            } else {
                Engine::None
            },
            trustingSeconds: 86_400,
            generation: 1,
            count: 1,
            newestHeight: 0,
            newestHash: B256::ZERO,
            frozenAt: u64::from(self.is_frozen),
            frozenHeight: 48,
            trusted: B256::ZERO,
            other: B256::ZERO,
        }
    }

    fn header(&self, height: u64) -> Option<Header> {
        self.proven.contains(&height).then_some(Header {
            height,
            hash: B256::ZERO,
            parentHash: B256::ZERO,
            time: 0,
            stateRoot: Bytes::new(),
            receiptsRoot: B256::ZERO,
            provenAt: 1,
        })
    }
}

type Shared = Arc<Mutex<World>>;

fn address_of(key: &SecretKey) -> Address {
    Address::from_raw_public_key(&key.public_key(SECP256K1).serialize_uncompressed()[1..])
}

/// The key of a gateway, numbered in the order of their accounts from 1 on.
fn key_of(number: u8) -> SecretKey {
    let keys = (1..=3).map(|byte| SecretKey::from_byte_array([byte; 32]).unwrap());
    let mut keys: Vec<SecretKey> = keys.collect();
    keys.sort_by_key(address_of);
    keys[usize::from(number) - 1]
}

fn gateway(number: u8) -> Address {
    address_of(&key_of(number))
}

fn answer(world: &Shared) -> Result<(), BoxError> {
    let mut world = world.lock();
    match &mut world.answers {
        Some(0) => Err("it is down".into()),
        Some(left) => {
            *left -= 1;
            Ok(())
        }
        None => Ok(()),
    }
}

fn answers<C: SolCall>(input: &[u8], reply: impl FnOnce(C) -> C::Return) -> Option<Vec<u8>> {
    let call = C::abi_decode(input).ok()?;
    Some(C::abi_encode_returns(&reply(call)))
}

#[derive(Clone)]
struct Ledger(Shared);

impl Ledger {
    fn answer(&self) -> Result<(), GatewayError> {
        answer(&self.0).map_err(|source| GatewayError::Ledger {
            what: "anything",
            source,
        })
    }

    /// What the contract would do; it does it when `is_real`.
    fn act(&self, account: Address, input: &[u8], is_real: bool) -> Result<(), &'static str> {
        let mut world = self.0.lock();
        if let Ok(call) = attestCall::abi_decode(input) {
            let own = |(id, found): &(u64, Attestation)| *id == call.id && found.gateway == account;
            let known = world.attestations.iter().find(|entry| own(entry));
            if known.is_some_and(|(_, found)| found.signature == call.signature) {
                return Err("AlreadyAttested");
            }
            if is_real {
                world.attestations.retain(|entry| !own(entry));
                let attestation = Attestation {
                    gateway: account,
                    signature: call.signature,
                };
                world.attestations.push((call.id, attestation));
            }
        } else if let Ok(call) = proveCall::abi_decode(input) {
            if !world.commands.iter().any(|command| command.id == call.id) {
                return Err("WrongStatus");
            }
            if call.header.as_ref() != world.frozen.to_be_bytes() || world.frozen != call.id {
                return Err("NoEffect");
            }
            if is_real {
                world.commands.retain(|command| command.id != call.id);
                world.done.push(call.id);
            }
        } else if let Ok(call) = declareOverdueCall::abi_decode(input) {
            if world.declared.contains(&call.id) {
                return Err("WrongStatus");
            }
            if is_real {
                world.declared.push(call.id);
            }
        } else {
            return Err("UnknownFunction");
        }
        Ok(())
    }
}

impl MainLedger for Ledger {
    fn call<'a>(
        &'a self,
        _what: &'static str,
        _to: Address,
        input: &'a Bytes,
    ) -> BoxFuture<'a, Result<Bytes, GatewayError>> {
        Box::pin(async move {
            self.answer()?;
            let world = self.0.lock();
            let root = TrustRoot {
                root: encode_root(world.hook, keccak256(CODE)).into(),
                validFromHeight: 1,
                at: 1,
            };
            if let Ok(call) = headerCall::abi_decode(input) {
                let header = world.header(call.height).ok_or_else(|| GatewayError::Refused {
                    what: "a proven header",
                    reason: "HeaderUnknown".to_owned(),
                })?;
                return Ok(headerCall::abi_encode_returns(&header).into());
            }
            let reply = answers::<openCommandsCall>(input, |call| match call.from {
                0 => world.commands.clone(),
                _ => Vec::new(),
            });
            let reply = reply.or_else(|| {
                answers::<attestationsCall>(input, |call| {
                    let of = world.attestations.iter().filter(|(id, _)| *id == call.id);
                    of.map(|(_, found)| found.clone()).collect()
                })
            });
            let reply = reply.or_else(|| answers::<trustRootsCall>(input, |_| vec![root]));
            let reply = reply.or_else(|| answers::<clientCall>(input, |_| world.client()));
            Ok(reply.unwrap().into())
        })
    }

    fn chain_id(&self) -> BoxFuture<'_, Result<u64, GatewayError>> {
        Box::pin(async move { Ok(77) })
    }

    fn following(&self, _id: B256) -> BoxFuture<'_, Result<Option<Following>, GatewayError>> {
        Box::pin(async move {
            self.answer()?;
            let world = self.0.lock();
            let named = |number| Named {
                account: gateway(number),
                organisation: B256::repeat_byte(number),
            };
            Ok(Some(Following {
                terms: Terms {
                    finality: Finality::Instant,
                    depth: 0,
                    batchBlocks: 1,
                    threshold: world.threshold,
                    gateways: (1..=world.gateways).map(named).collect(),
                },
                startHeight: 0,
                startHash: B256::ZERO,
                nextHeight: 1,
                lastHash: B256::ZERO,
                digest: B256::ZERO,
                batchCount: u64::from(world.anchor.is_some()),
                round: 0,
            }))
        })
    }

    fn standing(&self, _id: B256, _gateway: Address) -> BoxFuture<'_, Result<Standing, GatewayError>> {
        panic!("nobody asks for a standing")
    }

    fn anchor(&self, _id: B256, _index: u64) -> BoxFuture<'_, Result<Option<Anchor>, GatewayError>> {
        Box::pin(async move {
            self.answer()?;
            let anchor = self.0.lock().anchor;
            Ok(anchor.map(|(to_height, height)| IAnchors::Anchor {
                batch: Batch {
                    fromHeight: to_height,
                    toHeight: to_height,
                    parentHash: B256::ZERO,
                    lastHash: B256::ZERO,
                    blocksRoot: B256::ZERO,
                    transactions: 0,
                    events: 0,
                },
                digest: B256::ZERO,
                agreed: 1,
                height,
                at: 1,
            }))
        })
    }

    fn prepare<'a>(
        &'a self,
        account: Address,
        intent: &'a Intent,
    ) -> BoxFuture<'a, Result<Unsigned, GatewayError>> {
        Box::pin(async move {
            self.answer()?;
            if self.0.lock().is_busy {
                return Err(GatewayError::Ledger {
                    what: intent.what,
                    source: "its pool is full".into(),
                });
            }
            self.act(account, &intent.input, false)
                .map_err(|reason| GatewayError::Refused {
                    what: intent.what,
                    reason: reason.to_owned(),
                })?;
            Ok(Unsigned {
                chain_id: 77,
                nonce: 0,
                to: intent.to,
                input: intent.input.clone(),
                gas: 1,
                gas_price: 0,
            })
        })
    }

    fn send<'a>(&'a self, raw: &'a Bytes) -> BoxFuture<'a, Result<(), GatewayError>> {
        Box::pin(async move {
            self.answer()?;
            let (account, input) = <(Address, Bytes)>::abi_decode(raw).unwrap();
            let has_effect = !self.0.lock().fails;
            let _ = self.act(account, &input, has_effect);
            // Cut off here, it was done all the same.
            self.answer()
        })
    }

    fn fate(&self, _hash: B256) -> BoxFuture<'_, Result<Fate, GatewayError>> {
        Box::pin(async move {
            self.answer()?;
            Ok(Fate::Executed {
                succeeded: !self.0.lock().fails,
                gas_used: 1,
                fee: 0,
            })
        })
    }

    fn nonce(&self, _account: Address) -> BoxFuture<'_, Result<u64, GatewayError>> {
        Box::pin(async move { Ok(0) })
    }
}

struct Key(SecretKey);

impl Signer for Key {
    fn account(&self) -> Address {
        address_of(&self.0)
    }

    fn sign_digest(&self, digest: B256) -> Result<[u8; 65], BoxError> {
        let signed = SECP256K1.sign_ecdsa_recoverable(Message::from_digest(digest.0), &self.0);
        let (recovery, compact) = signed.serialize_compact();
        let mut signature = [0; 65];
        signature[..64].copy_from_slice(&compact);
        signature[64] = u8::try_from(i32::from(recovery))?;
        Ok(signature)
    }

    fn sign(&self, transaction: &Unsigned) -> Result<(Bytes, B256), BoxError> {
        let raw: Bytes = (self.account(), transaction.input.clone()).abi_encode().into();
        let hash = keccak256(&raw);
        Ok((raw, hash))
    }
}

struct Business(Shared);

impl Business {
    fn answer(&self) -> Result<(), ForeignError> {
        answer(&self.0).map_err(|source| ForeignError::Unreachable {
            chain: CHAIN.to_owned(),
            request: "anything".to_owned(),
            source,
        })
    }
}

impl Outward for Business {
    fn call(&self, _to: Address, input: Bytes) -> BoxFuture<'_, Result<Bytes, ForeignError>> {
        Box::pin(async move {
            self.answer()?;
            let world = self.0.lock();
            let executed = |id| world.executed.iter().any(|(found, _)| *found == id);
            let reply = answers::<executedCall>(&input, |call| executed(call.commandId))
                .or_else(|| answers::<latestCall>(&input, |_| world.frozen))
                .or_else(|| answers::<thresholdCall>(&input, |_| world.threshold))
                .or_else(|| answers::<gatewaysCall>(&input, |_| (1..=world.gateways).map(gateway).collect()));
            Ok(reply.unwrap().into())
        })
    }

    fn code(&self, _account: Address) -> BoxFuture<'_, Result<Bytes, ForeignError>> {
        Box::pin(async move {
            self.answer()?;
            Ok(CODE.into())
        })
    }

    fn proof(
        &self,
        contract: Address,
        slot: B256,
        _height: u64,
    ) -> BoxFuture<'_, Result<OutwardProof, ForeignError>> {
        Box::pin(async move {
            self.answer()?;
            let (hook, frozen) = {
                let world = self.0.lock();
                (world.hook, world.frozen)
            };
            assert_eq!((contract, Some(slot)), (hook, effect_slot(4, TARGET)));
            Ok(OutwardProof {
                header: frozen.to_be_bytes().to_vec().into(),
                account: Vec::new(),
                storage: Vec::new(),
                value: U256::from(frozen).into(),
            })
        })
    }

    fn send<'a>(
        &'a self,
        call: &'a OutwardCall,
        signer: &'a DigestSigner,
    ) -> BoxFuture<'a, Result<Sent, ForeignError>> {
        Box::pin(async move {
            self.answer()?;
            {
                let mut world = self.0.lock();
                let call = executeCall::abi_decode(&call.input).unwrap();
                // As the hook does: it would revert.
                let hook = Hook {
                    chain_id: CHAIN_ID,
                    address: world.hook,
                };
                let digest = hook.instruction_hash(&call.instruction);
                let signatures = call.signatures.iter();
                let signers: Option<Vec<Address>> =
                    signatures.map(|bytes| recover_digest(digest, bytes)).collect();
                let signers = signers.unwrap();
                let gateways: Vec<Address> = (1..=world.gateways).map(gateway).collect();
                assert_eq!(signers.len(), usize::from(world.threshold));
                assert!(signers.is_sorted() && signers.iter().all(|signer| gateways.contains(signer)));
                assert!(call.signatures.iter().all(|bytes| matches!(bytes[64], 27 | 28)));
                if !world.ignores {
                    world
                        .executed
                        .push((call.instruction.commandId, signer.account()));
                    world.frozen = call.instruction.commandId;
                }
            }
            self.answer()?;
            Ok(Sent::New { hash: B256::ZERO })
        })
    }

    fn receipt(&self, _hash: B256) -> BoxFuture<'_, Result<Option<OutwardReceipt>, ForeignError>> {
        panic!("nobody waits for a receipt")
    }
}

impl ForeignChain for Business {
    fn chain(&self) -> &str {
        CHAIN
    }

    fn finality(&self) -> civitas_ports::FinalityClass {
        civitas_ports::FinalityClass::Instant
    }

    fn outward(&self) -> Option<&dyn Outward> {
        Some(self)
    }

    fn head(&self) -> BoxFuture<'_, Result<ForeignHead, ForeignError>> {
        panic!("commands need no height")
    }

    fn headers(&self, _: u64, _: u64) -> BoxFuture<'_, Result<Vec<ForeignHeader>, ForeignError>> {
        panic!("commands need no headers")
    }

    fn block(&self, _: u64) -> BoxFuture<'_, Result<ForeignBlock, ForeignError>> {
        panic!("commands need no blocks")
    }

    fn consensus_state(&self, _: u64) -> BoxFuture<'_, Result<ConsensusState, ForeignError>> {
        panic!("commands need no votes")
    }

    fn submit(&self, _: Bytes) -> BoxFuture<'_, Result<B256, ForeignError>> {
        panic!("commands are sent by the port for acting")
    }
}

fn world(gateways: u8, threshold: u8) -> Shared {
    let command = Command {
        id: 7,
        order: Order {
            caseId: 1,
            chain: chains::id_of(CHAIN),
            action: Action::FreezeAccount,
            target: TARGET.to_vec().into(),
            level: Level::Hook,
            legalBasis: String::new(),
            reason: String::new(),
            deadlineSeconds: 60,
        },
        status: CommandStatus::InForce,
        orderedBy: Address::repeat_byte(0xf1),
        orderedAt: 1,
        approvedBy: Address::repeat_byte(0xf2),
        approvedAt: 1,
        deadline: 61,
        approvedHeight: APPROVED,
        doneAt: 0,
        provenHeight: 0,
        parent: 0,
        attested: 0,
    };
    Arc::new(Mutex::new(World {
        commands: vec![command],
        gateways,
        threshold,
        hook: HOOK,
        ..World::default()
    }))
}

/// A process of gateway `number`; its memory is empty.
fn start(world: &Shared, number: u8) -> Enforcer {
    let config = ChainConfig {
        chain: CHAIN.to_owned(),
        urls: Vec::new(),
        request_ms_max: 1_000,
        foreign_key: None,
        fee_max_gwei: None,
        batches_kept: None,
        fabric: None,
    };
    let board = Board::new(CHAIN);
    board.note_driver(Arc::new(Business(world.clone())));
    let key = Key(key_of(number));
    let foreign = DigestSigner::new(key.account(), move |digest| key.sign_digest(digest));
    let account = Account::new(Arc::new(Key(key_of(number))));
    let ledger = Arc::new(Ledger(world.clone()));
    Enforcer::new(config, ledger, account, (Some(foreign), board))
}

fn stage(enforcer: &Enforcer) -> Option<Stage> {
    enforcer
        .board
        .commands()
        .open
        .first()
        .map(|command| command.stage)
}

#[tokio::test]
async fn cut_off_anywhere_a_command_is_signed_sent_and_proved_once() {
    let world = world(1, 1);
    let start_time = Instant::now();
    let mut lives = 0;
    while world.lock().done.is_empty() {
        lives += 1;
        assert!(lives < 200, "{:?}", world.lock().executed);
        {
            let mut world = world.lock();
            world.answers = Some(lives % 16);
            // A batch after the execution is anchored later.
            world.anchor = Some((50, if lives < 60 { APPROVED } else { APPROVED + 1 }));
        }
        let mut process = start(&world, 1);
        let _ = process.step(start_time).await;
        let _ = process.step(start_time).await;
        assert!(
            lives >= 60 || world.lock().done.is_empty(),
            "proved by a batch before the approval"
        );
    }
    let world = world.lock();
    assert_eq!(world.attestations.len(), 1);
    assert_eq!(world.executed, [(7, gateway(1))]);
    assert_eq!(world.done, [7]);
    assert!(world.declared.is_empty());
}

/// What is anchored proves nothing where the ledger can prove headers and has not, or where their signers lie; commands are carried
/// out all the same.
#[tokio::test]
async fn where_headers_can_be_proven_what_is_anchored_is_not_enough() {
    let world = world(1, 1);
    world.lock().anchor = Some((50, APPROVED + 1));
    world.lock().has_client = true;
    world.lock().is_frozen = true;
    let start_time = Instant::now();
    let mut process = start(&world, 1);
    for second in 0..4 {
        process
            .step(start_time + Duration::from_secs(second))
            .await
            .unwrap();
    }
    assert_eq!(world.lock().executed, [(7, gateway(1))]);
    assert_eq!(stage(&process), Some(Stage::Failing));
    let shown = process.board.commands().open[0].error.clone().unwrap();
    assert!(shown.contains("signed two headers"), "{shown}");
    world.lock().is_frozen = false;
    process.step(start_time + Duration::from_secs(5)).await.unwrap();
    assert_eq!(stage(&process), Some(Stage::Executed), "not proven yet");
    world.lock().proven = vec![48, 50];
    process.step(start_time + Duration::from_secs(6)).await.unwrap();
    assert_eq!(stage(&process), Some(Stage::Proven));
    assert_eq!(world.lock().done, [7]);
}

#[tokio::test]
async fn gateways_wait_for_signatures_and_send_in_turn() {
    let world = world(3, 2);
    world.lock().anchor = Some((50, APPROVED + 1));
    let start_time = Instant::now();
    let at = |seconds| start_time + Duration::from_secs(seconds);
    let (mut first, mut second) = (start(&world, 1), start(&world, 3));
    first.step(at(0)).await.unwrap();
    assert_eq!(stage(&first), Some(Stage::Attested));
    first.step(at(1)).await.unwrap();
    assert_eq!(stage(&first), Some(Stage::WaitsForSignatures));
    second.step(at(1)).await.unwrap();
    // Command 7 of three gateways: the second of them, which is away, comes first, then the third.
    second.step(at(2)).await.unwrap();
    first.step(at(2)).await.unwrap();
    assert_eq!(
        (stage(&first), stage(&second)),
        (Some(Stage::WaitsForTurn), Some(Stage::WaitsForTurn))
    );
    second.step(at(6)).await.unwrap();
    assert_eq!(stage(&second), Some(Stage::WaitsForTurn));
    second.step(at(7)).await.unwrap();
    assert_eq!(stage(&second), Some(Stage::Sent));
    first.step(at(7)).await.unwrap();
    assert_eq!(stage(&first), Some(Stage::Proven));
    second.step(at(8)).await.unwrap();
    assert_eq!(stage(&second), None);
    let world = world.lock();
    assert_eq!(
        (world.executed.as_slice(), world.done.as_slice()),
        (&[(7, gateway(3))][..], &[7][..])
    );
}

#[tokio::test]
async fn a_chain_that_ignores_a_command_is_overdue_and_never_proved() {
    let world = world(1, 1);
    world.lock().ignores = true;
    world.lock().anchor = Some((50, APPROVED + 1));
    let start_time = Instant::now();
    let mut process = start(&world, 1);
    for second in 0..60 {
        if second == 30 {
            world.lock().commands[0].status = CommandStatus::Overdue;
        }
        process
            .step(start_time + Duration::from_secs(second))
            .await
            .unwrap();
    }
    assert_eq!(stage(&process), Some(Stage::Sent));
    let shown = process.board.commands();
    assert!(shown.open[0].overdue);
    // In seconds 1, 6, 16 and 36.
    assert_eq!((shown.sent, shown.proven, shown.declared), (4, 0, 1));
    let world = world.lock();
    assert!(world.done.is_empty() && world.executed.is_empty());
    assert_eq!(world.declared, [7]);
}

#[tokio::test]
async fn a_newer_hook_is_signed_for_again_and_gets_no_signature_of_the_old_one() {
    let world = world(2, 2);
    let now = Instant::now();
    let (mut first, mut second) = (start(&world, 1), start(&world, 2));
    first.step(now).await.unwrap();
    second.step(now).await.unwrap();
    world.lock().hook = Address::repeat_byte(0x78);
    first.step(now).await.unwrap();
    assert_eq!(stage(&first), Some(Stage::Attested));
    // What the second one signed was for the old hook.
    first.step(now).await.unwrap();
    assert_eq!(stage(&first), Some(Stage::WaitsForSignatures));
    second.step(now).await.unwrap();
    assert_eq!(stage(&second), Some(Stage::Attested));
    assert!(world.lock().executed.is_empty());
    // Command 7 of two gateways: the second one comes first.
    second.step(now).await.unwrap();
    assert_eq!(stage(&second), Some(Stage::Sent));
    let world = world.lock();
    assert_eq!(world.executed, [(7, gateway(2))]);
    assert_eq!(world.attestations.len(), 2);
}

#[tokio::test]
async fn an_act_that_failed_is_not_taken_as_done() {
    let world = world(1, 1);
    let now = Instant::now();
    let mut process = start(&world, 1);
    world.lock().anchor = Some((50, APPROVED + 1));
    world.lock().fails = true;
    process.step(now).await.unwrap();
    assert_eq!(stage(&process), Some(Stage::WaitsForSignatures));
    world.lock().commands[0].status = CommandStatus::Overdue;
    process.step(now).await.unwrap();
    let shown = process.board.commands();
    assert_eq!((shown.attested, shown.declared), (0, 0));
    world.lock().commands[0].status = CommandStatus::InForce;
    world.lock().fails = false;
    for expected in [Stage::Attested, Stage::Sent] {
        process.step(now).await.unwrap();
        assert_eq!(stage(&process), Some(expected));
    }
    // The proof, and then that it is overdue, come to a node that takes nothing.
    world.lock().is_busy = true;
    for status in [CommandStatus::InForce, CommandStatus::Overdue] {
        world.lock().commands[0].status = status;
        process.step(now).await.unwrap();
        assert_eq!(stage(&process), Some(Stage::Failing));
    }
    // The same batch proves it once the node answers again.
    world.lock().is_busy = false;
    process.step(now).await.unwrap();
    assert_eq!(stage(&process), Some(Stage::Proven));
    let shown = process.board.commands();
    assert_eq!((shown.attested, shown.declared, shown.proven), (1, 1, 1));
    let world = world.lock();
    assert_eq!(
        (world.declared.as_slice(), world.done.as_slice()),
        (&[7][..], &[7][..])
    );
}

#[tokio::test]
async fn a_task_that_panics_ends_the_gateway_with_an_error() {
    let world = world(1, 1);
    let folder = std::env::temp_dir().join(format!("civitas-gateway-run-{}", std::process::id()));
    let text =
        format!("ledger = ['http://a']\nkey = 'key'\n[[chains]]\nchain = '{CHAIN}'\nurls = ['http://a']\n");
    let config = Config {
        data: folder.clone(),
        ..Config::read(&text).unwrap()
    };
    let scripted = world.clone();
    let actors = Actors {
        ledger: Arc::new(Ledger(world)),
        signer: Arc::new(Key(key_of(1))),
        // Asked for its height, it panics.
        drivers: Arc::new(move |_, _| {
            let driver: Arc<dyn ForeignChain> = Arc::new(Business(scripted.clone()));
            Ok(driver)
        }),
        foreign: BTreeMap::new(),
    };
    let (_stop, stopped) = watch::channel(false);
    let ended = crate::run(&config, actors, stopped).await;
    assert!(
        matches!(&ended, Err(GatewayError::TaskEnded { source }) if source.is_panic()),
        "{ended:?}"
    );
    std::fs::remove_dir_all(&folder).unwrap();
}
