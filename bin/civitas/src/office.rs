//! `civitas office seal-record`, `hand-share` and `read-record`: what of sealed records happens off the ledger.
//!
//! ```text
//! issuer           seal-record ──▶ Offices.seal            record and shares, encrypted
//! requesting one   requestOpening (made from the contract)
//! approving one    hand-share  ──▶ Offices.approveOpening  its share, sealed to the requesting office
//! requesting one   read-record                             own and handed shares ──▶ the record
//! ```
//!
//! Invariant: the ledger gets no plaintext, no data key and no open share.

mod sealing;
mod shamir;

use crate::{
    contracts::{
        self, SendOptions,
        connection::{Connection, NodeOptions},
        fault::Failure,
    },
    identity::identity_id,
    output,
};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use anyhow::{Context, bail, ensure};
use civitas_system_contracts::{
    address::OFFICES,
    interfaces::IOffices::{self, OpeningStatus},
    offices::CIPHERTEXT_BYTES_MAX,
};
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use sealing::{OfficeKey, Purpose};
use shamir::Share;
use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Bytes of a record that is kept elsewhere than on the ledger, at most.
const RECORD_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Bytes that encryption adds: nonce and tag.
const OVERHEAD_BYTES: usize = 12 + 16;
/// What is read is for its reader alone.
const OWNER_ONLY: u32 = 0o600;
/// Help of these commands, beside that of the contract.
pub const HELP: &str = "\
Off the ledger, with the keys of offices:
  seal-record <identity> --file FILE
      Encrypts a record, shares its key among all active offices, and calls seal.
  hand-share <opening> --office-key FILE
      Hands the share of an approving office to the requesting one, and calls approveOpening.
  read-record <opening> --office-key FILE
      Opens the record with the shares that were handed over, at the requesting office.
";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Encrypt a record, share its key among all active offices, and store it (Offices.seal).
    SealRecord(SealArgs),
    /// Approve an opening: hand the office's share to the requesting office (Offices.approveOpening).
    HandShare(HandArgs),
    /// Open a record with the shares that were handed over; at the requesting office.
    ReadRecord(ReadArgs),
}

#[derive(Debug, Args)]
struct SealArgs {
    /// The identity: `did:civitas:...` or its id.
    identity: String,
    /// The record, of any form.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Where the ciphertext is kept, if not on the ledger (at most 2,020 bytes fit there).
    #[arg(long, value_name = "LOCATION", requires = "ciphertext")]
    location: Option<String>,
    /// The file to write the ciphertext to, to be brought to its location.
    #[arg(long, value_name = "FILE", requires = "location")]
    ciphertext: Option<PathBuf>,
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
}

#[derive(Debug, Args)]
struct HandArgs {
    /// The opening: its number.
    opening: u64,
    /// The private key of the approving office.
    #[arg(long, value_name = "FILE")]
    office_key: PathBuf,
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
}

#[derive(Debug, Args)]
struct ReadArgs {
    /// The opening: its number.
    opening: u64,
    /// The private key of the requesting office; once more for an earlier key of it.
    #[arg(long, value_name = "FILE", required = true)]
    office_key: Vec<PathBuf>,
    /// The file to write the record to; without it, standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The ciphertext, if it is not kept on the ledger.
    #[arg(long, value_name = "FILE")]
    ciphertext: Option<PathBuf>,
    #[command(flatten)]
    node: NodeOptions,
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
/// [`Failure`], [`sealing::SealingError`].
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    match Verb::from_arg_matches(matches)? {
        Verb::SealRecord(args) => {
            let json = args.sending.json;
            output::block_on(seal_record(args)).map_err(|error| contracts::report(json, error))
        }
        Verb::HandShare(args) => {
            let json = args.sending.json;
            output::block_on(hand_share(args)).map_err(|error| contracts::report(json, error))
        }
        Verb::ReadRecord(args) => output::block_on(read_record(args)),
    }
}

async fn seal_record(args: SealArgs) -> anyhow::Result<()> {
    let identity = identity_id(&args.identity)?;
    let record = Zeroizing::new(read_file(&args.file)?);
    if args.location.is_none() && record.len() + OVERHEAD_BYTES > CIPHERTEXT_BYTES_MAX {
        return Err(Failure::usage(format!(
            "{} has {} bytes, and {} fit on the ledger: keep the ciphertext elsewhere, with --location and --ciphertext",
            args.file.display(),
            record.len(),
            CIPHERTEXT_BYTES_MAX - OVERHEAD_BYTES
        ))
        .into());
    }
    // Before anything is written.
    args.sending.account()?;
    let connection = args.node.connect().await?;
    let mut call = sealing_call(&connection, identity, &record).await?;
    call.sealedRecord.location = args.location.unwrap_or_default();
    let commitment = call.sealedRecord.commitment;
    if let Some(path) = &args.ciphertext {
        write_new(path, &call.sealedRecord.ciphertext)?;
        call.sealedRecord.ciphertext = Bytes::new();
    }
    let delivered = args.sending.deliver_call(&connection, OFFICES, &call).await;
    match &args.ciphertext {
        Some(path) => keep_if_sealed(path, commitment, delivered, &args.sending),
        None => delivered,
    }
}

/// The call that seals a record to all active offices, with its ciphertext on the ledger.
///
/// # Errors
/// The node does not answer, [`sealing::SealingError`].
pub async fn sealing_call(
    connection: &Connection,
    identity: B256,
    record: &[u8],
) -> anyhow::Result<IOffices::sealCall> {
    let mut offices = connection.typed(OFFICES, &IOffices::officesCall {}).await?;
    offices.retain(|office| office.active);
    let threshold = connection.typed(OFFICES, &IOffices::thresholdCall {}).await?;
    let keys: Vec<B256> = offices.iter().map(|office| office.encryptionKey).collect();
    let sealed = sealing::seal_record(identity, record, threshold, &keys)?;
    let shares = offices.iter().zip(sealed.shares);
    Ok(IOffices::sealCall {
        identity,
        sealedRecord: IOffices::SealedRecord {
            commitment: keccak256(&sealed.ciphertext),
            ciphertext: sealed.ciphertext,
            location: String::new(),
            threshold,
            shares: shares
                .map(|(office, share)| IOffices::Share {
                    office: office.id,
                    encryptionKey: office.encryptionKey,
                    sealedShare: share,
                })
                .collect(),
        },
    })
}

/// The ciphertext is on disk before the ledger commits to it, else a crash could lose the only one. It goes again where
/// nothing was sealed, and stays where nobody knows. What became of the sealing is told whatever becomes of the file.
fn keep_if_sealed(
    path: &Path,
    commitment: B256,
    delivered: anyhow::Result<()>,
    sending: &SendOptions,
) -> anyhow::Result<()> {
    let is_refused = |error: &anyhow::Error| {
        let failure = error.downcast_ref::<Failure>();
        matches!(failure, Some(Failure::Refused { .. } | Failure::Usage { .. }))
    };
    match &delivered {
        Ok(()) if !sending.dry_run => return delivered,
        Err(error) if !is_refused(error) => {
            eprintln!(
                "Whether the record was sealed is not known; its ciphertext stays in {}. If no record with the commitment \
                 {commitment} comes on the ledger, delete it.",
                path.display()
            );
            return delivered;
        }
        Ok(()) | Err(_) => {}
    }
    let Err(error) = std::fs::remove_file(path) else {
        return delivered;
    };
    let left = format!(
        "nothing was sealed, and the ciphertext {} cannot be removed",
        path.display()
    );
    match delivered {
        Ok(()) => Err(anyhow::Error::new(error).context(left)),
        Err(refusal) => Err(refusal.context(format!("{left}: {error}"))),
    }
}

/// An opening and the record that it is about.
struct Case {
    opening: IOffices::Opening,
    record: IOffices::SealedRecord,
}

impl Case {
    async fn ask(connection: &Connection, id: u64) -> anyhow::Result<Self> {
        let opening = connection.typed(OFFICES, &IOffices::openingCall { id }).await?;
        let record = IOffices::sealedRecordAtCall {
            identity: opening.identity,
            record: opening.record,
        };
        let record = connection.typed(OFFICES, &record).await?;
        Ok(Self { opening, record })
    }

    /// The share that was sealed to one of these keys, and its office.
    fn own_share(&self, keys: &[OfficeKey]) -> anyhow::Result<(B256, Share)> {
        let identity = self.opening.identity;
        for share in &self.record.shares {
            if let Some(key) = keys.iter().find(|key| key.public == share.encryptionKey) {
                let opened = key.open(&Purpose::Office { identity }, &share.sealedShare);
                let opened =
                    opened.with_context(|| format!("cannot open the share of office {}", share.office))?;
                return Ok((share.office, self.place(share.office, opened)?));
            }
        }
        Err(Failure::usage(
            "no share of this record was sealed to that key: is it the key that the office had when the record was sealed?",
        )
        .into())
    }

    /// A share, if it stands at the place of its office.
    fn place(&self, office: B256, share: Share) -> anyhow::Result<Share> {
        let position = self.record.shares.iter().position(|share| share.office == office);
        ensure!(
            position.map(|position| position + 1) == Some(usize::from(share.x)),
            "the share of office {office} is that of another office (number {})",
            share.x
        );
        Ok(share)
    }
}

async fn hand_share(args: HandArgs) -> anyhow::Result<()> {
    // Before anything is asked.
    OfficeKey::load(&args.office_key)?;
    let account = args.sending.account()?;
    let connection = args.node.connect().await?;
    let call = handing_call(&connection, args.opening, &args.office_key, account.address).await?;
    args.sending.deliver_call(&connection, OFFICES, &call).await
}

/// The call by which an account of an office approves an opening: its share, sealed to the requesting office.
///
/// # Errors
/// The node does not answer, the key is not that of the account's office, [`sealing::SealingError`].
pub async fn handing_call(
    connection: &Connection,
    opening: u64,
    office_key: &Path,
    account: Address,
) -> anyhow::Result<IOffices::approveOpeningCall> {
    let key = OfficeKey::load(office_key)?;
    let case = Case::ask(connection, opening).await?;
    let (office, share) = case.own_share(&[key])?;
    let acting = connection
        .typed(OFFICES, &IOffices::officeOfCall { account })
        .await?;
    if acting != office {
        return Err(Failure::usage(format!(
            "the account {account} does not act for the office whose key {} is",
            office_key.display()
        ))
        .into());
    }
    let requesting = IOffices::officeCall {
        id: case.opening.requestingOffice,
    };
    let requesting = connection.typed(OFFICES, &requesting).await?;
    let purpose = Purpose::Opening {
        identity: case.opening.identity,
        opening,
    };
    Ok(IOffices::approveOpeningCall {
        id: opening,
        sealedShare: sealing::seal_share(requesting.encryptionKey, &purpose, &share)?,
    })
}

async fn read_record(args: ReadArgs) -> anyhow::Result<()> {
    let keys = args.office_key.iter().map(|path| OfficeKey::load(path));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let connection = args.node.connect().await?;
    let case = Case::ask(&connection, args.opening).await?;
    let opening = &case.opening;
    if opening.status != OpeningStatus::Opened {
        bail!(
            "opening {} is {}: {} of {} offices stand behind it",
            opening.id,
            if opening.status == OpeningStatus::Expired {
                "expired"
            } else {
                "not open yet"
            },
            opening.approvals,
            opening.approvalsNeeded
        );
    }
    let (office, own) = case.own_share(&keys)?;
    if office != opening.requestingOffice {
        return Err(Failure::usage(
            "the key is of another office than the one that asked: the shares were handed to that one alone",
        )
        .into());
    }
    let mut shares = vec![own];
    let purpose = Purpose::Opening {
        identity: opening.identity,
        opening: opening.id,
    };
    for handed in &opening.shares {
        let mut opened = keys.iter().map(|key| key.open(&purpose, &handed.sealedShare));
        let share = opened.find_map(Result::ok).with_context(|| {
            format!(
                "the share that office {} handed over does not open with the keys given",
                handed.office
            )
        })?;
        shares.push(case.place(handed.office, share)?);
    }
    let ciphertext = case.ciphertext(args.ciphertext.as_deref())?;
    let record = sealing::open_record(opening.identity, &shares, &ciphertext)?;
    match &args.out {
        Some(path) => write_new(path, &record),
        None => Ok(std::io::stdout().lock().write_all(&record)?),
    }
}

impl Case {
    /// The ciphertext, from the ledger or a file, if it is the one that was committed to.
    fn ciphertext(&self, file: Option<&Path>) -> anyhow::Result<Bytes> {
        let kept = &self.record;
        let ciphertext: Bytes = match file {
            _ if kept.location.is_empty() => kept.ciphertext.clone(),
            Some(path) => read_file(path)?.into(),
            None => {
                return Err(Failure::usage(format!(
                    "the ciphertext is kept at {}: bring it with --ciphertext FILE",
                    kept.location
                ))
                .into());
            }
        };
        ensure!(
            keccak256(&ciphertext) == kept.commitment,
            "the ciphertext is not the one that was sealed: its hash is another"
        );
        Ok(ciphertext)
    }
}

fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let size = || -> std::io::Result<u64> { Ok(std::fs::metadata(path)?.len()) };
    let size = size().with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        size <= RECORD_BYTES_MAX,
        "{} has more than {RECORD_BYTES_MAX} bytes",
        path.display()
    );
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a new file that its owner alone can read.
fn write_new(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(OWNER_ONLY);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.with_context(|| format!("cannot write the new file {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::fault::Refusal;
    use clap::Parser;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        sending: SendOptions,
    }

    fn sending(words: &[&str]) -> SendOptions {
        Line::parse_from([&["office"], words].concat()).sending
    }

    fn stays(words: &[&str], delivered: anyhow::Result<()>) -> bool {
        let path = std::env::temp_dir().join(format!("civitas-ciphertext-{}", std::process::id()));
        write_new(&path, b"sealed").unwrap();
        let is_ok = delivered.is_ok();
        let told = keep_if_sealed(&path, B256::ZERO, delivered, &sending(words));
        assert_eq!(told.is_ok(), is_ok);
        let stays = path.exists();
        let _ = std::fs::remove_file(&path);
        stays
    }

    #[test]
    fn a_ciphertext_stays_unless_nothing_was_sealed() {
        let refused = Failure::from(Refusal::told("seal", "you may not"));
        assert!(stays(&[], Ok(())));
        assert!(!stays(&["--dry-run"], Ok(())));
        let refusal = Box::new(Refusal::told("seal", "the quota is used up"));
        assert!(!stays(&[], Err(refused.into())));
        // It can be in a later block.
        assert!(stays(&[], Err(Failure::Omitted { refusal }.into())));
        assert!(!stays(&[], Err(Failure::usage("what?").into())));
        assert!(stays(&[], Err(Failure::unreachable("in no block").into())));
        assert!(stays(&[], Err(anyhow::anyhow!("the connection broke"))));
    }

    #[test]
    fn a_missing_file_hides_nothing_of_the_sealing() {
        let path = std::env::temp_dir().join(format!("civitas-no-ciphertext-{}", std::process::id()));
        let told = |words: &[&str], delivered| {
            keep_if_sealed(&path, B256::ZERO, delivered, &sending(words)).unwrap_err()
        };
        let late = told(&[], Err(Failure::unreachable("in no block").into()));
        assert_eq!(late.to_string(), "in no block");
        let refusal = Failure::from(Refusal::told("seal", "you may not"));
        let refused = told(&[], Err(refusal.into()));
        assert!(matches!(refused.downcast_ref(), Some(Failure::Refused { .. })));
        let text = format!("{refused:#}");
        assert!(
            text.contains("cannot be removed") && text.contains("you may not"),
            "{text}"
        );
        assert!(
            told(&["--dry-run"], Ok(()))
                .downcast_ref::<std::io::Error>()
                .is_some()
        );
    }
}
