//! `civitas chain hook`: the supervision hook of a business chain is deployed, registered, compared with what was shipped, and follows the
//! gateways of the chain's terms.

use super::ledger::{Ledger, unless};
use crate::{
    account::{self, Account},
    contracts::{
        connection::NodeOptions,
        fault::{Failure, Refusal},
        send::Outcome,
    },
};
use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy_sol_types::{SolCall, SolValue as _};
use anyhow::Context;
use civitas_chain_evm::{Config as EvmConfig, EvmChain};
use civitas_ports::{FinalityClass, ForeignChain, Outward, OutwardCall, OutwardReceipt, Sent};
use civitas_system_contracts::{
    address::{ANCHORS, CHAINS},
    anchors::Following,
    chains::{self, RootKind, TrustRoot},
    hook::{
        Hook, Rotation,
        abi::IAttested::{chainCall, cityCall, gatewaysCall, rotateCall, rotationCall, thresholdCall},
        decode_root, encode_root,
    },
    interfaces::{IAnchors::followingCall, IChains},
};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Compiled from the sources beside it.
const CONTRACTS: &str = include_str!("../../../../contracts/supervision/contracts.json");
/// Gas of the creation of a hook, at most: its code needs two millions.
const DEPLOY_GAS_MAX: u64 = 5_000_000;
/// Gas of a rotation to 16 gateways, at most.
const ROTATE_GAS_MAX: u64 = 2_000_000;
/// Time between two looks for the end of a transaction on the chain.
const RECEIPT_POLL: Duration = Duration::from_millis(200);
/// Trust roots of kind Contract that are read, at most: a chain has one for each hook that it ever had.
const ROOTS_READ: u64 = 100;

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Deploy the hook of a chain with the gateways of its terms, and register it if the key may.
    Deploy(DeployArgs),
    /// Show the registered hook, and compare it with what was shipped, with the chain and with the terms.
    Show(ShowArgs),
    /// Give the hook the gateways of the chain's terms; the present ones sign.
    Rotate(RotateArgs),
}

/// A chain and where it is reached.
#[derive(Debug, Args)]
struct ChainOptions {
    /// Name of the chain: eip155:31337.
    chain: String,
    /// Address of the chain's JSON-RPC: http://HOST:PORT.
    #[arg(long, value_name = "URL")]
    url: String,
    /// How long to wait until a transaction is in a block.
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration, value_name = "DURATION")]
    wait: Duration,
    #[command(flatten)]
    node: NodeOptions,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct DeployArgs {
    #[command(flatten)]
    chain: ChainOptions,
    /// Key of an account on the chain that pays: 32 bytes in hexadecimal, or a file of its owner alone.
    #[arg(long, value_name = "KEY")]
    foreign_key: String,
    /// Key of the operator, for the registration: dev0 to dev9, hexadecimal digits, or a file.
    #[arg(long, value_name = "KEY", env = "CIVITAS_KEY", hide_env_values = true)]
    key: Option<String>,
    /// A gateway that the hook obeys; once more for each other one. Those of the terms, if the chain is followed already.
    #[arg(long = "gateway", value_name = "ADDRESS")]
    gateways: Vec<Address>,
    /// Gateways that must sign; more than half of those that are given.
    #[arg(long, value_name = "COUNT", requires = "gateways")]
    threshold: Option<u8>,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    chain: ChainOptions,
}

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    #[command(flatten)]
    chain: ChainOptions,
    /// Key of a present gateway that signs: a file, or hexadecimal digits. Can be repeated.
    #[arg(long = "sign-key", value_name = "KEY")]
    sign_keys: Vec<String>,
    /// A signature that another gateway printed. Can be repeated.
    #[arg(long = "signature", value_name = "HEX")]
    signatures: Vec<Bytes>,
    /// Key of an account on the chain that pays; without it, signatures are printed and nothing is sent.
    #[arg(long, value_name = "KEY")]
    foreign_key: Option<String>,
}

/// Whom a hook obeys.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Council {
    /// Ascending.
    gateways: Vec<Address>,
    threshold: u8,
}

/// Both sides of a command.
struct Scene {
    options: ChainOptions,
    ledger: Ledger,
    chain: Arc<EvmChain>,
    chain_id: u64,
    id: B256,
}

/// What stands on the chain.
struct Found {
    code_hash: B256,
    city: U256,
    chain: B256,
    council: Council,
    rotation: u64,
}

#[derive(Deserialize)]
struct Compiled {
    bytecode: Bytes,
    runtime: Bytes,
}

/// The hook that this program ships.
fn shipped() -> anyhow::Result<Compiled> {
    #[derive(Deserialize)]
    struct File {
        contracts: BTreeMap<String, Compiled>,
    }
    let mut file: File = serde_json::from_str(CONTRACTS).context("contracts.json is damaged")?;
    let found = file.contracts.remove("SupervisionHook");
    found.context("contracts.json has no SupervisionHook")
}

fn refused(what: &str, why: &str) -> anyhow::Error {
    Failure::from(Refusal::told(what, why)).into()
}

/// Runs a command.
pub(super) async fn run(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Deploy(args) => deploy(args).await,
        Verb::Show(args) => show(args).await,
        Verb::Rotate(args) => rotate(args).await,
    }
}

impl Council {
    fn of(following: &Following) -> Self {
        let mut gateways: Vec<Address> = following
            .terms
            .gateways
            .iter()
            .map(|gateway| gateway.account)
            .collect();
        gateways.sort_unstable();
        Self {
            gateways,
            threshold: following.terms.threshold,
        }
    }

    fn named(gateways: &[Address], threshold: Option<u8>) -> anyhow::Result<Self> {
        let mut gateways = gateways.to_vec();
        gateways.sort_unstable();
        gateways.dedup();
        let half = u8::try_from(gateways.len() / 2).context("a chain has 16 gateways at most")?;
        Ok(Self {
            gateways,
            threshold: threshold.unwrap_or(half.saturating_add(1)),
        })
    }

    fn shown(&self) -> Value {
        json!({ "gateways": self.gateways, "threshold": self.threshold })
    }
}

impl Scene {
    async fn open(options: ChainOptions) -> anyhow::Result<Self> {
        let chain_id = options
            .chain
            .strip_prefix("eip155:")
            .and_then(|id| id.parse().ok());
        let chain_id = chain_id.ok_or_else(|| {
            Failure::usage(format!(
                "{} can have no hook: only Ethereum-like chains, eip155:<chain id>",
                options.chain
            ))
        })?;
        let config = EvmConfig::new(chain_id, vec![options.url.clone()], FinalityClass::Instant);
        let chain = EvmChain::connect(config).map_err(|error| Failure::usage(error.to_string()))?;
        // Says whether it answers, and is the right chain, before anything else.
        chain
            .head()
            .await
            .map_err(|error| Failure::unreachable(civitas_sdk::causes(&error)))?;
        let connection = options.node.connect().await?;
        Ok(Self {
            id: chains::id_of(&options.chain),
            ledger: Ledger::new(connection, options.wait).await,
            options,
            chain,
            chain_id,
        })
    }

    fn outward(&self) -> &dyn Outward {
        &**self.chain
    }

    /// The council of the terms; none while the chain is not followed.
    async fn terms(&self) -> anyhow::Result<Option<Council>> {
        let call = followingCall { id: self.id };
        let following = self.ledger.connection.typed(ANCHORS, &call).await;
        Ok(unless(following, "NotFollowed")?.map(|following| Council::of(&following)))
    }

    /// The newest registered hook.
    async fn registered(&self) -> anyhow::Result<(Address, B256)> {
        let call = IChains::trustRootsCall {
            id: self.id,
            kind: RootKind::Contract,
            from: 0,
            count: ROOTS_READ,
        };
        let roots: Vec<TrustRoot> = self.ledger.connection.typed(CHAINS, &call).await?;
        let newest = roots.last().and_then(|root| decode_root(&root.root));
        newest.ok_or_else(|| {
            refused(
                "the hook",
                "the main ledger has no trust root of kind Contract for the chain",
            )
        })
    }

    async fn ask<C: SolCall>(&self, hook: Address, call: &C) -> anyhow::Result<C::Return> {
        let answer = self.outward().call(hook, call.abi_encode().into()).await;
        let answer = answer.map_err(|error| Failure::unreachable(civitas_sdk::causes(&error)))?;
        C::abi_decode_returns(&answer)
            .map_err(|_| refused(&hook.to_string(), "it does not answer as a supervision hook does"))
    }

    async fn look(&self, hook: Address) -> anyhow::Result<Found> {
        let code = self.outward().code(hook).await;
        let code = code.map_err(|error| Failure::unreachable(civitas_sdk::causes(&error)))?;
        if code.is_empty() {
            return Err(refused(
                &hook.to_string(),
                "there is no contract at that address of the chain",
            ));
        }
        Ok(Found {
            code_hash: keccak256(code),
            city: self.ask(hook, &cityCall {}).await?,
            chain: self.ask(hook, &chainCall {}).await?,
            council: Council {
                gateways: self.ask(hook, &gatewaysCall {}).await?,
                threshold: self.ask(hook, &thresholdCall {}).await?,
            },
            rotation: self.ask(hook, &rotationCall {}).await?,
        })
    }

    /// Sends to the chain and waits for the block.
    async fn act(&self, call: &OutwardCall, account: &Account) -> anyhow::Result<OutwardReceipt> {
        let sent = self.outward().send(call, &account.signer()).await;
        let sent = sent.map_err(|error| refused(&self.options.chain, &civitas_sdk::causes(&error)))?;
        let Sent::New { hash } = sent else {
            let why = "a transaction of the account waits there; try again when it is in a block";
            return Err(refused(&self.options.chain, why));
        };
        let end = Instant::now() + self.options.wait;
        loop {
            let receipt = self.outward().receipt(hash).await;
            if let Some(receipt) =
                receipt.map_err(|error| Failure::unreachable(civitas_sdk::causes(&error)))?
            {
                if receipt.succeeded {
                    return Ok(receipt);
                }
                return Err(refused(
                    &self.options.chain,
                    &format!("the transaction {hash} failed in its block"),
                ));
            }
            if Instant::now() >= end {
                let why = format!(
                    "the transaction {hash} is in no block of {} yet",
                    self.options.chain
                );
                return Err(Failure::unreachable(why).into());
            }
            tokio::time::sleep(RECEIPT_POLL).await;
        }
    }

    fn tell(&self, told: &Value, lines: &[String]) -> anyhow::Result<()> {
        if self.options.json {
            println!("{}", serde_json::to_string_pretty(told)?);
        } else {
            lines.iter().for_each(|line| println!("{line}"));
        }
        Ok(())
    }
}

async fn deploy(args: DeployArgs) -> anyhow::Result<()> {
    let payer = account::from_argument(&args.foreign_key).context("--foreign-key")?;
    let operator = args.key.as_deref().map(account::from_argument).transpose()?;
    let scene = Scene::open(args.chain).await?;
    let council = match scene.terms().await? {
        Some(terms) if args.gateways.is_empty() => terms,
        None if args.gateways.is_empty() => {
            let why =
                "the chain is not followed yet: name its gateways with --gateway ADDRESS, as its terms will";
            return Err(Failure::usage(why).into());
        }
        _ => Council::named(&args.gateways, args.threshold)?,
    };
    let code = shipped()?;
    let city = U256::from(scene.ledger.connection.chain.chain_id);
    // Every number takes a word.
    let threshold = U256::from(council.threshold);
    let arguments = (city, scene.id, council.gateways.clone(), threshold).abi_encode_params();
    let call = OutwardCall {
        to: None,
        input: [code.bytecode.as_ref(), arguments.as_slice()].concat().into(),
        gas_max: DEPLOY_GAS_MAX,
    };
    let receipt = scene.act(&call, &payer).await?;
    let hook = receipt
        .created
        .context("the chain does not say where the hook is")?;
    let code_hash = scene.look(hook).await?.code_hash;
    if code_hash != keccak256(&code.runtime) {
        return Err(refused(
            &hook.to_string(),
            "the chain has another code there than was sent",
        ));
    }
    let add = IChains::addTrustRootCall {
        id: scene.id,
        kind: RootKind::Contract,
        root: encode_root(hook, code_hash).into(),
        validFromHeight: receipt.height,
    };
    let (registration, line) = register(&scene, operator.as_ref(), &add).await;
    let told = json!({
        "hook": hook, "codeHash": code_hash, "height": receipt.height,
        "council": council.shown(), "registration": registration,
    });
    let lines = [
        format!("hook       {hook}, block {}", receipt.height),
        format!("code hash  {code_hash}, as shipped"),
        format!("gateways   {} of {:?}", council.threshold, council.gateways),
        line,
    ];
    scene.tell(&told, &lines)
}

/// Registers a hook if there is a key that may, or says what to type.
async fn register(
    scene: &Scene,
    operator: Option<&Account>,
    add: &IChains::addTrustRootCall,
) -> (Value, String) {
    let command = format!(
        "civitas chain addTrustRoot {} Contract {} {}",
        scene.options.chain,
        hex::encode_prefixed(&add.root),
        add.validFromHeight
    );
    let why = match operator {
        Some(account) => match scene.ledger.send(account, CHAINS, add).await {
            Ok(Outcome { hash, .. }) => {
                let told = json!({ "state": "done", "transaction": hash });
                return (told, format!("registered in {hash}"));
            }
            Err(error) => format!("{error:#}"),
        },
        None => "no key was given".to_owned(),
    };
    let told = json!({ "state": "next", "why": why, "command": command });
    let line = format!(
        "next       registration ({why}). Before the review the operator types, with --key KEY,\n  {command}\n\
         after it the city decides: the same with --propose TITLE --as ORGANISATION --key KEY"
    );
    (told, line)
}

async fn show(args: ShowArgs) -> anyhow::Result<()> {
    let scene = Scene::open(args.chain).await?;
    let (hook, registered) = scene.registered().await?;
    let found = scene.look(hook).await?;
    let terms = scene.terms().await?;
    let city = U256::from(scene.ledger.connection.chain.chain_id);
    let checks = [
        ("code is the registered one", found.code_hash == registered),
        (
            "code is the shipped one",
            found.code_hash == keccak256(shipped()?.runtime),
        ),
        ("city is this one", found.city == city),
        ("chain is this one", found.chain == scene.id),
        (
            "gateways are those of the terms",
            terms.is_none_or(|terms| terms == found.council),
        ),
    ];
    let told = json!({
        "hook": hook, "codeHash": found.code_hash, "registeredCodeHash": registered,
        "council": found.council.shown(), "rotation": found.rotation,
        "checks": checks.iter().map(|(name, holds)| json!({ "check": name, "holds": holds })).collect::<Vec<_>>(),
    });
    let mut lines = vec![
        format!("hook       {hook}"),
        format!("code hash  {}", found.code_hash),
        format!(
            "gateways   {} of {:?}, changed {} times",
            found.council.threshold, found.council.gateways, found.rotation
        ),
    ];
    lines.extend(
        checks
            .iter()
            .map(|(name, holds)| format!("  {}  {name}", if *holds { "yes" } else { "NO " })),
    );
    scene.tell(&told, &lines)?;
    let failed: Vec<&str> = checks
        .iter()
        .filter(|(_, holds)| !holds)
        .map(|(name, _)| *name)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(refused(
        "the hook",
        &format!("it does not hold that its {}", failed.join(", its ")),
    ))
}

async fn rotate(args: RotateArgs) -> anyhow::Result<()> {
    let scene = Scene::open(args.chain).await?;
    let (hook, _) = scene.registered().await?;
    let found = scene.look(hook).await?;
    let terms = scene.terms().await?;
    let terms = terms.ok_or_else(|| refused("the rotation", "the chain is not followed: it has no terms"))?;
    if terms == found.council {
        let told = json!({ "state": "before", "council": terms.shown() });
        return scene.tell(&told, &["the hook has the gateways of the terms".to_owned()]);
    }
    let rotation = Rotation {
        rotation: found.rotation.saturating_add(1),
        threshold: terms.threshold,
        gateways: terms.gateways.clone(),
    };
    let digest = Hook {
        chain_id: scene.chain_id,
        address: hook,
    }
    .rotation_hash(&rotation);
    let mut signed: BTreeMap<Address, Bytes> = BTreeMap::new();
    for key in &args.sign_keys {
        let account = account::from_argument(key).context("--sign-key")?;
        signed.insert(
            account.address,
            Bytes::copy_from_slice(&account.sign_digest(digest)?),
        );
    }
    for signature in &args.signatures {
        let signer = account::signer_of(digest, signature)
            .ok_or_else(|| Failure::usage(format!("{signature} is no signature of this rotation")))?;
        signed.insert(signer, signature.clone());
    }
    signed.retain(|signer, _| found.council.gateways.contains(signer));
    let threshold = usize::from(found.council.threshold);
    let told = json!({
        "state": "next", "council": terms.shown(), "threshold": threshold,
        "signatures": signed.iter().map(|(signer, bytes)| json!({ "signer": signer, "signature": bytes })).collect::<Vec<_>>(),
    });
    let Some(payer) = args.foreign_key.as_deref().filter(|_| signed.len() >= threshold) else {
        let mut lines: Vec<String> = signed
            .values()
            .map(|bytes| format!("--signature {bytes}"))
            .collect();
        lines.push(format!(
            "{} of {threshold} signatures; send them with --foreign-key KEY",
            signed.len()
        ));
        return scene.tell(&told, &lines);
    };
    let payer = account::from_argument(payer).context("--foreign-key")?;
    let input = rotateCall {
        rotation,
        signatures: signed.into_values().take(threshold).collect(),
    };
    let call = OutwardCall {
        to: Some(hook),
        input: input.abi_encode().into(),
        gas_max: ROTATE_GAS_MAX,
    };
    let receipt = scene.act(&call, &payer).await?;
    let told = json!({ "state": "done", "council": terms.shown(), "height": receipt.height });
    scene.tell(
        &told,
        &[format!(
            "the hook has the gateways of the terms from block {} on",
            receipt.height
        )],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_council_is_ascending_and_wants_more_than_half() {
        let of =
            |numbers: &[u8]| -> Vec<Address> { numbers.iter().copied().map(Address::repeat_byte).collect() };
        let named = Council::named(&of(&[3, 1, 2, 1]), None).unwrap();
        assert_eq!((named.gateways, named.threshold), (of(&[1, 2, 3]), 2));
        assert_eq!(Council::named(&of(&[1, 2]), None).unwrap().threshold, 2);
        assert_eq!(Council::named(&of(&[1, 2]), Some(1)).unwrap().threshold, 1);
    }

    #[test]
    fn the_hook_is_shipped_whole() {
        let code = shipped().unwrap();
        // The code on the chain is the end of what creates it: nothing in it differs from one deployment to the next.
        assert!(code.bytecode.ends_with(&code.runtime) && !code.runtime.is_empty());
    }
}
