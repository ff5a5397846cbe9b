//! `civitas identity bind-account`, `release-account` and `new-key`: proofs that an account belongs to an identity, signed
//! with the key of the account, which may be of another chain.
//!
//! The text that is signed is made here, by the code with which the ledger checks the signature: a node that lies
//! cannot have another one signed. A proof is good once and for ten minutes.

mod account_key;

use crate::{
    account::Account,
    contracts::{
        self, SendOptions,
        connection::{Connection, NodeOptions},
        fault::Failure,
    },
    output,
};
use account_key::AccountKey;
use alloy_primitives::{B256, Bytes, U64};
use anyhow::Context;
use civitas_system_contracts::{
    address::IDENTITIES,
    fault::Fault,
    identities::message::{self, AccountId, parse_did},
    interfaces::IIdentities::{self, Binding, IdentityProof},
};
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;

/// How long a proof holds: long enough to be sent again, short enough to be of no use to a thief.
const PROOF_SECONDS: u64 = 600;
/// Help of these commands, beside that of the contract.
pub const HELP: &str = "\
Off the ledger, with the key of an account:
  bind-account <identity> --account CAIP-10 --account-key KEY
      Signs with the key of the account that it belongs to the identity, and calls bind as a controller.
  release-account <account> --account-key KEY
      Signs with the key of the account that it leaves its identity, and calls release; anybody may send it.
  new-key <file>
      Makes the key of a new account of this ledger, and prints its address.
";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Bind an account of this or another chain to an identity, signed by the account (Identities.bind).
    BindAccount(BindArgs),
    /// Release an account from its identity, signed by the account (Identities.release).
    ReleaseAccount(ReleaseArgs),
    /// Make the key of a new account (secp256k1), and print its address.
    NewKey(NewKeyArgs),
}

#[derive(Debug, Args)]
struct BindArgs {
    /// The identity: `did:civitas:...` or its id.
    identity: String,
    /// The account (CAIP-10): `eip155:1:0x...`, `solana:...:...`, `civitas:...:0x...`. Without its last part, the address is
    /// that of the key.
    #[arg(long, value_name = "ACCOUNT")]
    account: String,
    #[command(flatten)]
    key: KeyOptions,
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
}

#[derive(Debug, Args)]
struct ReleaseArgs {
    /// The account (CAIP-10). Without its last part, the address is that of the key.
    account: String,
    #[command(flatten)]
    key: KeyOptions,
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
}

#[derive(Debug, Args)]
struct KeyOptions {
    /// The key of the account. eip155: as --key. solana, civitas: 32 bytes in hexadecimal (Ed25519) or a PKCS #8 PEM file
    /// (Ed25519; for civitas also P-256).
    #[arg(long, value_name = "KEY")]
    account_key: String,
}

#[derive(Debug, Args)]
struct NewKeyArgs {
    /// The file to make; its owner alone can read it.
    file: PathBuf,
}

/// The parts of a block that are looked at.
#[derive(Deserialize)]
struct BlockTime {
    timestamp: U64,
}

/// Adds the commands to those of the contract.
pub fn augment(command: Command) -> Command {
    Verb::augment_subcommands(command)
}

/// Whether a word is one of these commands.
pub fn is_verb(word: &str) -> bool {
    Verb::has_subcommand(word)
}

/// Runs a command; `matches` are those of the noun.
///
/// # Errors
/// [`Failure`], and what is wrong with a key.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    match Verb::from_arg_matches(matches)? {
        Verb::BindAccount(args) => {
            let json = args.sending.json;
            output::block_on(bind(args)).map_err(|error| contracts::report(json, error))
        }
        Verb::ReleaseAccount(args) => {
            let json = args.sending.json;
            output::block_on(release(args)).map_err(|error| contracts::report(json, error))
        }
        Verb::NewKey(args) => new_key(&args),
    }
}

/// The id of an identity, from its DID or in hexadecimal.
///
/// # Errors
/// [`Failure::Usage`].
pub fn identity_id(text: &str) -> anyhow::Result<B256> {
    let found = parse_did(text).or_else(|| text.parse().ok());
    found.ok_or_else(|| {
        Failure::usage(format!(
            "`{text}` is no identity: write did:civitas:..., or its id, 32 bytes in hexadecimal"
        ))
        .into()
    })
}

async fn bind(args: BindArgs) -> anyhow::Result<()> {
    let id = identity_id(&args.identity)?;
    let (account, key) = args.key.read(&args.account)?;
    args.sending.account()?;
    let connection = args.node.connect().await?;
    let call = bind_call(&connection, id, account.text(), &key).await?;
    args.sending.deliver_call(&connection, IDENTITIES, &call).await
}

/// The call by which a controller binds an account of an Ethereum-like chain, signed by the account.
///
/// # Errors
/// The node does not answer, or the library does not sign.
pub async fn binding_call(
    connection: &Connection,
    id: B256,
    account: &Account,
    chain_id: u64,
) -> anyhow::Result<IIdentities::bindCall> {
    let text = format!("eip155:{chain_id}:{}", account.address.to_checksum(None));
    bind_call(connection, id, text, &AccountKey::Secp256k1(account.clone())).await
}

async fn bind_call(
    connection: &Connection,
    id: B256,
    account: String,
    key: &AccountKey,
) -> anyhow::Result<IIdentities::bindCall> {
    let binding = fresh(connection, id, account).await?;
    let text = said(message::account_message(&binding))?;
    Ok(IIdentities::bindCall {
        binding,
        accountProof: key.prove(&text)?,
        // The controller speaks by calling.
        identityProof: IdentityProof {
            fragment: String::new(),
            signature: Bytes::new(),
        },
    })
}

async fn release(args: ReleaseArgs) -> anyhow::Result<()> {
    let (account, key) = args.key.read(&args.account)?;
    args.sending.account()?;
    let connection = args.node.connect().await?;
    let owner = IIdentities::identityOfAccountCall {
        account: account.text(),
    };
    let id = connection.typed(IDENTITIES, &owner).await?;
    if id.is_zero() {
        return Err(Failure::usage(format!("{} is bound to no identity", account.text())).into());
    }
    let binding = fresh(&connection, id, account.text()).await?;
    let text = said(message::release_message(&binding))?;
    let call = IIdentities::releaseCall {
        binding,
        accountProof: key.prove(&text)?,
    };
    args.sending.deliver_call(&connection, IDENTITIES, &call).await
}

/// The text that is signed. It is made here: a key signs nothing that a node made up.
fn said(text: Result<String, Fault>) -> anyhow::Result<String> {
    text.map_err(|fault| anyhow::anyhow!("there is no text for this account: {fault}"))
}

/// Seconds since 1970, by the newest block.
///
/// # Errors
/// The node does not answer.
pub async fn block_time(connection: &Connection) -> anyhow::Result<u64> {
    let block: BlockTime = connection
        .ask("eth_getBlockByNumber", vec![json!("latest"), json!(false)])
        .await?;
    Ok(block.timestamp.to())
}

/// What both sides agree on, by the clock of the ledger.
async fn fresh(connection: &Connection, id: B256, account: String) -> anyhow::Result<Binding> {
    let issued = block_time(connection).await?;
    let nonce = connection
        .typed(IDENTITIES, &IIdentities::nonceOfCall { id })
        .await?;
    Ok(Binding {
        id,
        account,
        ledger: connection.chain.chain_id,
        nonce,
        issuedAt: issued,
        expiresAt: issued + PROOF_SECONDS,
    })
}

impl KeyOptions {
    /// The account and its key, if they belong together.
    fn read(&self, account: &str) -> anyhow::Result<(AccountId, AccountKey)> {
        let refused = || {
            Failure::usage(format!(
                "`{account}` is no account that can be bound: write eip155:<chain id>:0x..., solana:<genesis>:<key> or \
                 civitas:<chain id>:0x..., with the checksum of EIP-55 or in lower case"
            ))
        };
        let namespace = account_key::namespace(account).ok_or_else(refused)?;
        let key = AccountKey::read(namespace, &self.account_key)?;
        let whole = if account.matches(':').count() == 1 {
            format!("{account}:{}", key.address(namespace))
        } else {
            account.to_owned()
        };
        let id = AccountId::parse(&whole).ok_or_else(refused)?;
        if id.address != key.address(namespace) {
            return Err(Failure::usage(format!(
                "the key is that of {}, not of {}",
                key.address(namespace),
                id.text()
            ))
            .into());
        }
        Ok((id, key))
    }
}

fn new_key(args: &NewKeyArgs) -> anyhow::Result<()> {
    let mut secret = zeroize::Zeroizing::new([0_u8; 32]);
    aws_lc_rs::rand::fill(secret.as_mut_slice())
        .map_err(|_| anyhow::anyhow!("the operating system gives no randomness"))?;
    let secret = B256::from(*secret);
    // A number that is no key comes once in 2^128 times.
    let account = Account::from_key(&secret).context("try again")?;
    civitas_crypto::write_private_file(&args.file, &format!("{secret}\n"))?;
    println!("{}", account.address);
    Ok(())
}
