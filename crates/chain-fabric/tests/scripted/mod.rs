//! A channel in memory, with peers that fail and lie as they are told. Its hashes, signatures and configurations are real; its orderers change
//! every few blocks.

use alloy_primitives::{B256, Bytes, hex, keccak256};
use axum::{Router, body::Body, extract::State, response::Response, routing::post};
use civitas_chain_fabric::{Config, KeyPair, hash_of, header_bytes, wire::*};
use civitas_foreign_chain_contract::{Fault, TrueBlock, TrueEvent, TrueTransaction};
use civitas_ports::ForeignOutcome;
use parking_lot::Mutex;
use prost::Message;
use rcgen::{CertificateParams, KeyPair as Key, SigningKey as _};
use std::{collections::HashMap, net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

/// The channel's name.
pub const CHANNEL: &str = "scripted";
const MSP: &str = "OrdererMSP";
/// Orderers at a time, of more that take turns.
const ORDERERS: usize = 4;
const POOL: usize = 6;
const ENDPOINTS: usize = 2;
/// Every so many blocks, one sets the channel anew.
const CONFIG_BLOCKS: u64 = 5;
const BEHIND: u64 = 3;
const BOAST: u64 = 1_000;
/// More than a driver under test takes.
const FLOOD_BYTES: usize = 2 * 1024 * 1024;

struct Member {
    key: Key,
    pem: Vec<u8>,
    fingerprint: Bytes,
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes)
        .as_ref()
        .to_vec()
}

impl Member {
    fn new() -> Self {
        let key = Key::generate().unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        Self {
            pem: certificate.pem().into_bytes(),
            fingerprint: sha256(certificate.der()).into(),
            key,
        }
    }

    fn creator(&self) -> Vec<u8> {
        let identity = SerializedIdentity {
            mspid: MSP.to_owned(),
            id_bytes: self.pem.clone(),
        };
        identity.encode_to_vec()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message).unwrap()
    }

    fn pair(&self) -> KeyPair {
        KeyPair {
            certificate: self.pem.clone(),
            key: self.key.serialize_pem().into_bytes(),
        }
    }
}

/// The channel.
struct Script {
    members: Vec<Member>,
    blocks: Vec<Block>,
    truths: Vec<TrueBlock>,
    last_config: u64,
    made: u64,
}

/// The event of a transaction: name and payload.
fn event(seed: u64) -> ChaincodeEvent {
    ChaincodeEvent {
        chaincode_id: format!("code-{}", seed % 3),
        tx_id: String::new(),
        event_name: format!("Kind{}", seed % 5),
        payload: format!("{seed} 印章").into_bytes(),
    }
}

fn action(event: Option<ChaincodeEvent>) -> TransactionAction {
    let action = ChaincodeAction {
        events: event.map(|event| event.encode_to_vec()).unwrap_or_default(),
    };
    let response = ProposalResponsePayload {
        extension: action.encode_to_vec(),
    };
    let payload = ChaincodeActionPayload {
        chaincode_proposal_payload: ChaincodeProposalPayload { input: vec![1, 2, 3] }.encode_to_vec(),
        action: Some(ChaincodeEndorsedAction {
            proposal_response_payload: response.encode_to_vec(),
        }),
    };
    TransactionAction {
        payload: payload.encode_to_vec(),
    }
}

fn group(values: Vec<(&str, Vec<u8>)>, groups: Vec<(&str, ConfigGroup)>) -> ConfigGroup {
    let value = |(name, value): (&str, Vec<u8>)| (name.to_owned(), ConfigValue { value });
    ConfigGroup {
        values: values.into_iter().map(value).collect(),
        groups: groups
            .into_iter()
            .map(|(name, group)| (name.to_owned(), group))
            .collect::<HashMap<_, _>>(),
    }
}

impl Script {
    fn new() -> Self {
        let mut script = Self {
            members: (0..=POOL).map(|_| Member::new()).collect(),
            blocks: Vec::new(),
            truths: Vec::new(),
            last_config: 0,
            made: 0,
        };
        script.mine(0);
        script
    }

    fn height(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }

    /// Members that order from this config block on.
    fn orderers(config: u64) -> impl Iterator<Item = usize> {
        let first = usize::try_from(config / CONFIG_BLOCKS).unwrap();
        (first..first + ORDERERS).map(|place| place % POOL)
    }

    fn envelope(&self, signer: usize, mut channel: ChannelHeader, data: Vec<u8>) -> (Vec<u8>, B256) {
        let member = &self.members[signer];
        let header = SignatureHeader {
            creator: member.creator(),
            nonce: self.made.to_be_bytes().into(),
        };
        let id = sha256(&[header.nonce.as_slice(), &header.creator].concat());
        if channel.kind == KIND_CALL {
            channel.tx_id = hex::encode(&id);
        }
        let payload = Payload {
            header: Some(Header {
                channel_header: channel.encode_to_vec(),
                signature_header: header.encode_to_vec(),
            }),
            data,
        };
        let payload = payload.encode_to_vec();
        let signature = member.sign(&payload);
        let raw = Envelope { payload, signature }.encode_to_vec();
        let hash = if channel.kind == KIND_CALL {
            id
        } else {
            sha256(&raw)
        };
        (raw, B256::from_slice(&hash))
    }

    /// A call of a chaincode: every second one leaves an event.
    fn call(&mut self, index: usize) -> (Vec<u8>, TrueTransaction) {
        self.made += 1;
        let seed = self.made;
        let left = index.is_multiple_of(2).then(|| event(seed));
        let is_valid = index % 7 != 2;
        let extension = ChaincodeHeaderExtension {
            chaincode_id: Some(ChaincodeId {
                name: format!("code-{}", seed % 3),
            }),
        };
        let channel = ChannelHeader {
            kind: KIND_CALL,
            channel_id: CHANNEL.to_owned(),
            // A clock that goes wrong: nothing may depend on it.
            timestamp: Some(Timestamp {
                seconds: (seed.wrapping_mul(7_919) % 1_000_003).cast_signed(),
                nanos: 7,
            }),
            extension: extension.encode_to_vec(),
            ..ChannelHeader::default()
        };
        let data = Transaction {
            actions: vec![action(left.clone())],
        };
        let (raw, hash) = self.envelope(POOL, channel, data.encode_to_vec());
        let true_event = |event: ChaincodeEvent| TrueEvent {
            emitter: event.chaincode_id.into_bytes().into(),
            topics: vec![keccak256(event.event_name)],
            data: event.payload.into(),
        };
        let truth = TrueTransaction {
            hash,
            sender: Some(self.members[POOL].fingerprint.clone()),
            created: None,
            outcome: if is_valid {
                ForeignOutcome::Succeeded
            } else {
                ForeignOutcome::Failed
            },
            events: left.filter(|_| is_valid).map(true_event).into_iter().collect(),
        };
        (raw, truth)
    }

    /// The envelope of a config block.
    fn configuration(&mut self, height: u64) -> (Vec<u8>, TrueTransaction) {
        self.made += 1;
        let consenter = |place: usize| Consenter {
            id: u32::try_from(place).unwrap() + 1,
            msp_id: MSP.to_owned(),
            identity: self.members[place].pem.clone(),
        };
        let orderers = Orderers {
            consenter_mapping: Self::orderers(height).map(consenter).collect(),
        };
        let kind = ConsensusType {
            kind: "BFT".to_owned(),
        };
        let values = vec![
            ("Orderers", orderers.encode_to_vec()),
            ("ConsensusType", kind.encode_to_vec()),
        ];
        let settings = ConfigEnvelope {
            config: Some(ChannelSettings {
                sequence: height,
                channel_group: Some(group(vec![], vec![("Orderer", group(values, vec![]))])),
            }),
        };
        let channel = ChannelHeader {
            kind: KIND_CONFIG,
            channel_id: CHANNEL.to_owned(),
            ..ChannelHeader::default()
        };
        let (raw, hash) = self.envelope(0, channel, settings.encode_to_vec());
        let truth = TrueTransaction {
            hash,
            sender: Some(self.members[0].fingerprint.clone()),
            created: None,
            outcome: ForeignOutcome::Succeeded,
            events: Vec::new(),
        };
        (raw, truth)
    }

    /// A block is never empty: instead of one without transactions there is one with a call, or a config block.
    fn mine(&mut self, transactions: usize) {
        let height = self.blocks.len() as u64;
        let is_config = transactions == 0 && (height == 0 || height.is_multiple_of(CONFIG_BLOCKS));
        let signers: Vec<usize> = Self::orderers(self.last_config).collect();
        let made: Vec<(Vec<u8>, TrueTransaction)> = if is_config {
            self.last_config = height;
            vec![self.configuration(height)]
        } else {
            (0..transactions.max(1)).map(|index| self.call(index)).collect()
        };
        let (data, transactions): (Vec<Vec<u8>>, Vec<TrueTransaction>) = made.into_iter().unzip();
        let parent = self.truths.last().map(|truth| truth.hash);
        let header = BlockHeader {
            number: height,
            previous_hash: parent.map_or(Vec::new(), |parent| parent.to_vec()),
            data_hash: sha256(&data.concat()),
        };
        let codes = transactions.iter().map(|item| match item.outcome {
            ForeignOutcome::Succeeded => 0,
            _ => 11,
        });
        let signed = if height == 0 {
            Metadata::default()
        } else {
            self.signed(&header, &signers)
        };
        let metadata = vec![signed.encode_to_vec(), vec![], codes.collect(), vec![], vec![]];
        self.truths.push(TrueBlock {
            hash: hash_of(&header),
            parent: parent.unwrap_or_default(),
            transactions,
        });
        self.blocks.push(Block {
            header: Some(header),
            data: Some(BlockData { data }),
            metadata: Some(BlockMetadata { metadata }),
        });
    }

    /// Three of four sign, by their number or by their certificate.
    fn signed(&self, header: &BlockHeader, signers: &[usize]) -> Metadata {
        let value = OrdererBlockMetadata {
            last_config: Some(LastConfig {
                index: self.last_config,
            }),
            consenter_metadata: vec![7],
        };
        let value = value.encode_to_vec();
        let away = usize::try_from(header.number).unwrap() % ORDERERS;
        let signature = |(place, member): (usize, &usize)| {
            let nonce = vec![u8::try_from(place).unwrap(); 24];
            let by_number = header.number.is_multiple_of(2);
            let before = if by_number {
                let identifier = u32::try_from(*member).unwrap() + 1;
                IdentifierHeader { identifier, nonce }.encode_to_vec()
            } else {
                let creator = self.members[*member].creator();
                SignatureHeader { creator, nonce }.encode_to_vec()
            };
            let message = [value.as_slice(), &before, &header_bytes(header)].concat();
            let signature = self.members[*member].sign(&message);
            let (signature_header, identifier_header) = if by_number {
                (vec![], before)
            } else {
                (before, vec![])
            };
            MetadataSignature {
                signature_header,
                signature,
                identifier_header,
            }
        };
        let all = signers.iter().enumerate().filter(|(place, _)| *place != away);
        Metadata {
            signatures: all.map(signature).collect(),
            value,
        }
    }
}

fn alter_actions(raw: &mut Vec<u8>, change: impl FnOnce(&mut Vec<TransactionAction>)) {
    let mut envelope = Envelope::decode(raw.as_slice()).unwrap();
    let mut payload = Payload::decode(envelope.payload.as_slice()).unwrap();
    let mut transaction = Transaction::decode(payload.data.as_slice()).unwrap();
    change(&mut transaction.actions);
    payload.data = transaction.encode_to_vec();
    envelope.payload = payload.encode_to_vec();
    *raw = envelope.encode_to_vec();
}

/// Changes what a block holds; a block that is too small for a lie stays as it is.
fn distort(block: &mut Block, fault: Fault) {
    let header = block.header.as_mut().unwrap();
    let data = &mut block.data.as_mut().unwrap().data;
    let codes = &mut block.metadata.as_mut().unwrap().metadata[2];
    let is_config = Envelope::decode(data[0].as_slice())
        .ok()
        .and_then(|envelope| Payload::decode(envelope.payload.as_slice()).ok())
        .is_some_and(|payload| {
            ConfigEnvelope::decode(payload.data.as_slice()).is_ok_and(|read| read.config.is_some())
        });
    match fault {
        Fault::AlterHash => header.previous_hash = vec![7; 32],
        Fault::AlterHeader => header.data_hash = vec![7; 32],
        _ if is_config && data.len() == 1 => {}
        Fault::DropEvent => alter_actions(&mut data[0], |actions| actions[0] = action(None)),
        Fault::InventEvent => alter_actions(&mut data[0], |actions| actions.push(action(Some(event(4))))),
        Fault::AlterEvent => alter_actions(&mut data[0], |actions| actions[0] = action(Some(event(5)))),
        Fault::RepeatEvent => alter_actions(&mut data[0], |actions| actions.push(actions[0].clone())),
        Fault::SwapEvents => alter_actions(&mut data[0], |actions| {
            actions.insert(0, action(Some(event(6))));
        }),
        Fault::AlterOutcome => *codes.last_mut().unwrap() ^= 11,
        Fault::DropTransaction => {
            data.pop();
            codes.pop();
        }
        Fault::SwapTransactions if data.len() > 1 => data.swap(0, 1),
        Fault::RepeatTransaction => {
            data.push(data[0].clone());
            codes.push(0);
        }
        Fault::AlterTransaction => data[0][40] ^= 1,
        _ => {}
    }
}

/// The peers of the channel, which end when this is dropped.
pub struct Channel {
    script: Arc<Mutex<Script>>,
    other: Arc<Mutex<Script>>,
    faults: Arc<Mutex<[Option<Fault>; ENDPOINTS]>>,
    addresses: Vec<SocketAddr>,
    servers: Vec<JoinHandle<()>>,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

#[derive(Clone)]
struct Endpoint {
    script: Arc<Mutex<Script>>,
    other: Arc<Mutex<Script>>,
    faults: Arc<Mutex<[Option<Fault>; ENDPOINTS]>>,
    index: usize,
}

impl Channel {
    /// A channel with its genesis block.
    pub async fn start() -> Self {
        let mut channel = Self {
            script: Arc::new(Mutex::new(Script::new())),
            other: Arc::new(Mutex::new(Script::new())),
            faults: Arc::default(),
            addresses: Vec::new(),
            servers: Vec::new(),
        };
        for index in 0..ENDPOINTS {
            let endpoint = Endpoint {
                script: channel.script.clone(),
                other: channel.other.clone(),
                faults: channel.faults.clone(),
                index,
            };
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            channel.addresses.push(listener.local_addr().unwrap());
            let router = Router::new()
                .route("/protos.Deliver/Deliver", post(deliver))
                .route("/gateway.Gateway/Submit", post(submit))
                .with_state(endpoint);
            channel.servers.push(tokio::spawn(async move {
                // It ends with the test.
                let _ = axum::serve(listener, router).await;
            }));
        }
        channel
    }

    /// Settings of a driver without an address.
    pub fn config(&self) -> Config {
        let script = self.script.lock();
        let block = script.blocks[0].encode_to_vec();
        Config::new(CHANNEL, block, MSP, script.members[POOL].pair())
    }

    pub fn url(&self, endpoint: usize) -> String {
        format!("grpc://{}", self.addresses[endpoint])
    }

    pub fn mine(&self, transactions: usize) {
        self.script.lock().mine(transactions);
    }

    pub fn height(&self) -> u64 {
        self.script.lock().height()
    }

    pub fn truth(&self, height: u64) -> TrueBlock {
        self.script.lock().truths[usize::try_from(height).unwrap()].clone()
    }

    pub fn misbehave(&self, endpoint: usize, fault: Option<Fault>) {
        self.faults.lock()[endpoint] = fault;
    }

    pub fn new_transaction(&self) -> Bytes {
        self.script.lock().call(0).0.into()
    }
}

fn frame(out: &mut Vec<u8>, message: &impl Message) {
    let bytes = message.encode_to_vec();
    out.push(0);
    out.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
    out.extend(bytes);
}

fn answer(body: Vec<u8>) -> Response {
    let response = Response::builder().header("content-type", "application/grpc");
    response.body(Body::from(body)).unwrap()
}

/// What an endpoint answers whatever it is asked; none if it does its duty, or lies with care.
async fn spoiled(fault: Option<Fault>) -> Option<Response> {
    match fault? {
        Fault::Stall => std::future::pending().await,
        Fault::Flood => {
            let mut body = vec![0];
            body.extend(u32::try_from(FLOOD_BYTES).unwrap().to_be_bytes());
            body.resize(FLOOD_BYTES, 0);
            Some(answer(body))
        }
        Fault::Garbage => Some(Response::new(Body::from("<html>Bad gateway</html>"))),
        Fault::Refuse => {
            let response = Response::builder().header("content-type", "application/grpc");
            let response = response
                .header("grpc-status", "14")
                .header("grpc-message", "not today");
            Some(response.body(Body::empty()).unwrap())
        }
        _ => None,
    }
}

/// `protos.Deliver/Deliver`.
async fn deliver(State(endpoint): State<Endpoint>, body: axum::body::Bytes) -> Response {
    let fault = endpoint.faults.lock()[endpoint.index];
    if let Some(answer) = spoiled(fault).await {
        return answer;
    }
    let envelope = Envelope::decode(&body[5..]).unwrap();
    let payload = Payload::decode(envelope.payload.as_slice()).unwrap();
    let seek = SeekInfo::decode(payload.data.as_slice()).unwrap();
    let script = if fault == Some(Fault::OtherChain) {
        endpoint.other.lock()
    } else {
        endpoint.script.lock()
    };
    let latest = match fault {
        Some(Fault::Behind) => script.height().saturating_sub(BEHIND),
        _ => script.height(),
    };
    let height = |position: Option<SeekPosition>| position.unwrap().specified.map_or(latest, |at| at.number);
    let (first, last) = (height(seek.start), height(seek.stop));
    let mut out = Vec::new();
    for height in first..=last.min(latest) {
        let is_whole = seek.content_type == 0;
        let told = if fault == Some(Fault::OtherBlock) && is_whole {
            height.saturating_sub(1)
        } else {
            height
        };
        let mut block = script.blocks[usize::try_from(told).unwrap()].clone();
        if is_whole {
            fault.into_iter().for_each(|fault| distort(&mut block, fault));
        }
        if fault == Some(Fault::Boast) && height == latest && !is_whole {
            block.header.as_mut().unwrap().number += BOAST;
        }
        let block = Some(block);
        frame(&mut out, &DeliverResponse { status: None, block });
    }
    let status = if last > latest { 404 } else { 200 };
    let status = DeliverResponse {
        status: Some(status),
        block: None,
    };
    frame(&mut out, &status);
    answer(out)
}

/// `gateway.Gateway/Submit`.
async fn submit(State(endpoint): State<Endpoint>, body: axum::body::Bytes) -> Response {
    let fault = endpoint.faults.lock()[endpoint.index];
    if let Some(answer) = spoiled(fault).await {
        return answer;
    }
    let request = SubmitRequest::decode(&body[5..]).unwrap();
    assert_eq!(
        (request.channel_id.as_str(), request.transaction_id.len()),
        (CHANNEL, 64)
    );
    let mut out = Vec::new();
    frame(&mut out, &());
    answer(out)
}
