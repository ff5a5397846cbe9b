//! A business chain in memory with a mailbox that keeps the rules of `Mailbox.sol`.

use crate::ledger::{CITY, Ledger, Since, THRESHOLD, gateway_key};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall as _, SolEvent as _, SolValue as _};
use civitas_gateway::{
    archive::{BatchLine, BlockLine},
    batch::Builder,
};
use civitas_ports::{
    BoxFuture, ConsensusState, DigestSigner, FinalityClass, ForeignBlock, ForeignChain, ForeignError,
    ForeignEvent, ForeignHead, ForeignHeader, ForeignOutcome, ForeignTransaction, Outward, OutwardCall,
    OutwardProof, OutwardReceipt, Sent,
};
use civitas_system_contracts::{
    identities::recover_digest,
    messages::{
        self,
        delivery::{MailboxPlace, MessageDelivered, MessageSent, deliverCall, deliveredCall},
    },
};
use parking_lot::Mutex;
use secp256k1::{Message as Digest, SECP256K1, SecretKey};
use std::{collections::BTreeMap, io::Write as _, path::Path};

/// Where every chain has its mailbox.
pub const MAILBOX: Address = Address::repeat_byte(0xb0);

pub fn account_key(chain: u64, number: u8) -> SecretKey {
    SecretKey::from_byte_array(keccak256((chain, U256::from(number)).abi_encode()).0).unwrap()
}

pub fn address_of(key: &SecretKey) -> Address {
    Address::from_raw_public_key(&key.public_key(SECP256K1).serialize_uncompressed()[1..])
}

pub fn sign(key: &SecretKey, digest: B256) -> [u8; 65] {
    let signed = SECP256K1.sign_ecdsa_recoverable(Digest::from_digest(digest.0), key);
    let (recovery, compact) = signed.serialize_compact();
    let mut bytes = [0; 65];
    bytes[..64].copy_from_slice(&compact);
    bytes[64] = 27 + u8::try_from(i32::from(recovery)).unwrap();
    bytes
}

/// A message that was delivered.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub call: deliverCall,
    pub by: Address,
    /// Height and time of the main ledger at that moment.
    pub height: u64,
    pub time: u64,
    /// Since when something of it was frozen then.
    pub since: Option<Since>,
}

#[derive(Default)]
struct State {
    /// Events of the block that is being made.
    events: Vec<ForeignEvent>,
    last_height: u64,
    last_hash: B256,
    sent: Vec<MessageSent>,
    arrivals: BTreeMap<B256, Arrival>,
}

/// The chain.
pub struct Chain {
    pub number: u64,
    ledger: Ledger,
    gateways: Vec<Address>,
    state: Mutex<State>,
}

impl Chain {
    pub fn new(number: u64, ledger: Ledger) -> Self {
        let mut gateways: Vec<Address> = (0..crate::ledger::GATEWAYS)
            .map(|gateway| address_of(&gateway_key(number, gateway)))
            .collect();
        gateways.sort_unstable();
        let state = State {
            last_hash: B256::repeat_byte(0xc0),
            ..State::default()
        };
        Self {
            number,
            ledger,
            gateways,
            state: Mutex::new(state),
        }
    }

    pub fn send(&self, sender: Address, destination: B256, target: Address, payload: Bytes) {
        let mut state = self.state.lock();
        let event = MessageSent {
            sequence: state.sent.len() as u64 + 1,
            sender,
            destination,
            target: target.to_vec().into(),
            payload,
        };
        let log = event.encode_log_data();
        emit(&mut state, log.topics().to_vec(), log.data.clone());
        state.sent.push(event);
    }

    pub fn sent(&self) -> Vec<MessageSent> {
        self.state.lock().sent.clone()
    }

    pub fn arrivals(&self) -> BTreeMap<B256, Arrival> {
        self.state.lock().arrivals.clone()
    }

    /// Ends the block, puts it into the archive as a gateway does, and has it anchored.
    pub fn mine(&self, archive: &Path) {
        let mut state = self.state.lock();
        let height = state.last_height + 1;
        let header = ForeignHeader {
            height,
            hash: keccak256((self.number, height).abi_encode()),
            parent: state.last_hash,
            timestamp: height,
            state_root: None,
            raw: Bytes::new(),
        };
        let events = std::mem::take(&mut state.events);
        let transaction = ForeignTransaction {
            index: 0,
            hash: B256::repeat_byte(3),
            sender: None,
            target: None,
            created: None,
            value: U256::ZERO,
            input: Bytes::new(),
            outcome: ForeignOutcome::Succeeded,
            events,
            raw: Bytes::new(),
        };
        let block = ForeignBlock {
            header,
            transactions: vec![transaction],
        };
        let mut builder = Builder::new(height, state.last_hash);
        builder.push(&block).unwrap();
        let batch = builder.finish();
        (state.last_height, state.last_hash) = (height, batch.lastHash);
        drop(state);
        let folder = archive.join(format!("eip155-{}/batches", self.number));
        std::fs::create_dir_all(&folder).unwrap();
        let mut file = std::fs::File::create(folder.join(format!("{height:020}.jsonl"))).unwrap();
        let head = BatchLine::new(self.chain(), &batch);
        writeln!(file, "{}", serde_json::to_string(&head).unwrap()).unwrap();
        let line = serde_json::to_string(&BlockLine::from(&block)).unwrap();
        writeln!(file, "{line}").unwrap();
        self.ledger.anchor(self, &batch);
    }

    pub fn place(&self) -> MailboxPlace {
        MailboxPlace {
            chain_id: self.number,
            address: MAILBOX,
        }
    }

    /// `Mailbox.deliver`.
    pub fn deliver(&self, call: &deliverCall, by: Address) -> Result<(), &'static str> {
        let delivery = &call.delivery;
        let (height, time, since) = {
            let mut ledger = self.ledger.state.lock();
            let block = ledger.host.block;
            let message = messages::message(&mut ledger.host, delivery.id).ok();
            let since = message.and_then(|message| ledger.frozen_since(&message));
            (block.height, block.timestamp, since)
        };
        let mut state = self.state.lock();
        if delivery.city != U256::from(CITY) {
            return Err("another city");
        }
        if time > delivery.validUntil {
            return Err("expired");
        }
        if state.arrivals.contains_key(&delivery.id) {
            return Err("delivered");
        }
        if call.signatures.len() < usize::from(THRESHOLD) {
            return Err("signatures missing");
        }
        let digest = self.place().delivery_hash(delivery);
        let mut left = self.gateways.iter();
        for signature in &call.signatures {
            let signer = recover_digest(digest, signature).ok_or("malformed")?;
            left.find(|known| **known == signer).ok_or("signer invalid")?;
        }
        let arrival = Arrival {
            call: call.clone(),
            by,
            height,
            time,
            since,
        };
        state.arrivals.insert(delivery.id, arrival);
        let event = MessageDelivered {
            id: delivery.id,
            // A target that takes no message without words.
            success: !delivery.payload.is_empty(),
        };
        let log = event.encode_log_data();
        emit(&mut state, log.topics().to_vec(), log.data.clone());
        Ok(())
    }
}

fn emit(state: &mut State, topics: Vec<B256>, data: Bytes) {
    // Of another contract, with the same topics: nobody's message.
    for emitter in [Address::repeat_byte(0xb1), MAILBOX] {
        let index = u32::try_from(state.events.len()).unwrap();
        state.events.push(ForeignEvent {
            index,
            emitter: emitter.to_vec().into(),
            topics: topics.clone(),
            data: data.clone(),
        });
    }
}

fn refused<T>(reason: &str) -> Result<T, ForeignError> {
    Err(ForeignError::Refused {
        reason: reason.to_owned(),
    })
}

impl ForeignChain for Chain {
    fn chain(&self) -> &str {
        match self.number {
            101 => "eip155:101",
            102 => "eip155:102",
            _ => "eip155:103",
        }
    }

    fn finality(&self) -> FinalityClass {
        FinalityClass::Instant
    }

    fn head(&self) -> BoxFuture<'_, Result<ForeignHead, ForeignError>> {
        Box::pin(async { refused("not asked") })
    }

    fn headers(&self, _: u64, _: u64) -> BoxFuture<'_, Result<Vec<ForeignHeader>, ForeignError>> {
        Box::pin(async { refused("not asked") })
    }

    fn block(&self, _: u64) -> BoxFuture<'_, Result<ForeignBlock, ForeignError>> {
        Box::pin(async { refused("not asked") })
    }

    fn consensus_state(&self, _: u64) -> BoxFuture<'_, Result<ConsensusState, ForeignError>> {
        Box::pin(async { refused("not asked") })
    }

    fn submit(&self, _: Bytes) -> BoxFuture<'_, Result<B256, ForeignError>> {
        Box::pin(async { refused("not asked") })
    }

    fn outward(&self) -> Option<&dyn Outward> {
        Some(self)
    }
}

impl Outward for Chain {
    fn call(&self, to: Address, input: Bytes) -> BoxFuture<'_, Result<Bytes, ForeignError>> {
        Box::pin(async move {
            assert_eq!(to, MAILBOX);
            let call = deliveredCall::abi_decode(&input).unwrap();
            let is_there = self.state.lock().arrivals.contains_key(&call.id);
            Ok(deliveredCall::abi_encode_returns(&is_there).into())
        })
    }

    fn code(&self, _: Address) -> BoxFuture<'_, Result<Bytes, ForeignError>> {
        Box::pin(async { refused("not asked") })
    }

    fn proof(&self, _: Address, _: B256, _: u64) -> BoxFuture<'_, Result<OutwardProof, ForeignError>> {
        Box::pin(async { refused("not asked") })
    }

    fn send<'a>(
        &'a self,
        call: &'a OutwardCall,
        signer: &'a DigestSigner,
    ) -> BoxFuture<'a, Result<Sent, ForeignError>> {
        Box::pin(async move {
            let call = deliverCall::abi_decode(&call.input).unwrap();
            match self.deliver(&call, signer.account()) {
                Ok(()) => Ok(Sent::New {
                    hash: call.delivery.id,
                }),
                Err(reason) => refused(reason),
            }
        })
    }

    fn receipt(&self, _: B256) -> BoxFuture<'_, Result<Option<OutwardReceipt>, ForeignError>> {
        Box::pin(async { refused("not asked") })
    }
}
