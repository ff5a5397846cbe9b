//! Sources of contracts: a source is compiled and compared with the code on the ledger; whoever has no source may give an
//! ABI, which is marked as theirs.
//!
//! Invariants: one compilation at a time, and few that wait, since each takes a core and up to a gigabyte; a verified
//! source is never replaced by an ABI that somebody gives; who did it is recorded before it is done.

use crate::{
    api::sources::{
        AbiClaim, CompilerRelease, Compilers as Listed, SourceClaim, SourceFile, UnusableCompiler,
    },
    guard::{Asker, reaches},
    login::{Session, Subject, did},
    problem::{Kind, Problem},
    right::Right,
    source_view,
    state::Console,
    time::{iso, now},
};
use alloy_json_abi::JsonAbi;
use alloy_primitives::{Address, Bytes, hex};
use civitas_indexer::{Store, read};
use civitas_solidity::{
    Claim, Compilers, Error, Input, InputError, Metadata, Refusal, Release, SingleFile, Verified, verify,
};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Semaphore;

/// Requests that compile or wait for it, at most: each keeps a source of some megabytes.
const QUEUE_MAX: usize = 4;
/// How long a request waits for its turn: with a compilation after it, it ends before an answer may take too long.
const TURN_WAIT: Duration = Duration::from_secs(10);
/// Seconds after which a request is worth another try.
const BUSY_SECONDS: u64 = 5;
/// Entries of an ABI, at most.
const ABI_ENTRIES_MAX: usize = 2_000;
/// Bytes of the arguments of a constructor, at most: what fits into a transaction.
const ARGUMENTS_BYTES_MAX: usize = 128 * 1024;

/// Verification of sources.
pub struct Sources {
    compilers: Arc<Compilers>,
    store: Store,
    queue: Arc<Semaphore>,
    turn: Arc<Semaphore>,
    preparing: Arc<AtomicBool>,
}

impl Sources {
    /// Compilers of `folder`; what is compiled of them goes into `cache`.
    pub fn new(folder: PathBuf, cache: PathBuf, store: Store) -> Self {
        Self {
            compilers: Arc::new(Compilers::new(folder, cache)),
            store,
            queue: Arc::new(Semaphore::new(QUEUE_MAX)),
            turn: Arc::new(Semaphore::new(1)),
            preparing: Arc::default(),
        }
    }

    /// The compilers that are here. Files and folders are told only to who runs the console.
    ///
    /// # Errors
    /// The folder cannot be looked through.
    pub async fn compilers(&self, asker: &Asker) -> Result<Listed, Problem> {
        let compilers = Arc::clone(&self.compilers);
        let operates = reaches(asker, Right::Operate, None);
        blocking(move || {
            let found = compilers.found();
            let releases = found.releases.iter().map(|release| CompilerRelease {
                version: release.version.to_string(),
                ready: compilers.is_ready(release),
            });
            let unusable = found.unusable.into_iter().filter(|_| operates);
            Listed {
                items: releases.collect(),
                unusable: unusable
                    .map(|(file, reason)| UnusableCompiler {
                        file: file.display().to_string(),
                        reason,
                    })
                    .collect(),
                folder: operates.then(|| compilers.folder().display().to_string()),
            }
        })
        .await
    }

    /// A release that compiles at once. One that is not ready is made so in the background.
    async fn release(&self, version: String) -> Result<Arc<Release>, Problem> {
        let compilers = Arc::clone(&self.compilers);
        let wanted = version.clone();
        let found = blocking(move || {
            let release = compilers.release(&wanted).ok()?;
            let ready = compilers.is_ready(&release);
            Some((release, ready))
        });
        let Some((release, ready)) = found.await? else {
            return Err(Problem::new(Kind::NO_COMPILER)
                .with_detail(format!("there is no compiler {version} here"))
                .with("version", version));
        };
        if ready {
            return Ok(release);
        }
        self.prepare(Arc::clone(&release));
        Err(preparing(&version))
    }

    fn prepare(&self, release: Arc<Release>) {
        if self.preparing.swap(true, Ordering::AcqRel) {
            return;
        }
        let (compilers, preparing) = (Arc::clone(&self.compilers), Arc::clone(&self.preparing));
        tokio::task::spawn_blocking(move || {
            if let Err(error) = compilers.prepare(&release) {
                tracing::error!(version = %release.version, cause = %civitas_sdk::causes(&error), "a compiler cannot be made ready");
            }
            preparing.store(false, Ordering::Release);
        });
    }

    /// Compiles and compares, when its turn comes.
    async fn verified(&self, release: Arc<Release>, claim: Claim) -> Result<Verified, Problem> {
        let busy = || Problem::new(Kind::COMPILER_BUSY).with_retry_after(BUSY_SECONDS);
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| busy())?;
        let turn = tokio::time::timeout(TURN_WAIT, Arc::clone(&self.turn).acquire_owned());
        let turn = turn.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let compilers = Arc::clone(&self.compilers);
        let judged = Arc::clone(&release);
        let outcome = blocking(move || {
            let outcome = verify(&compilers, &judged, &claim);
            // Kept until here even if nobody waits for the answer any more.
            drop((turn, place));
            outcome
        });
        match outcome.await? {
            Ok(verified) => Ok(verified),
            Err(Refusal::Compiler(Error::NotReady { version })) => {
                // What was kept of it is damaged.
                self.prepare(release);
                Err(preparing(&version))
            }
            Err(refusal) => Err(refused(&refusal)),
        }
    }
}

fn preparing(version: &str) -> Problem {
    Problem::new(Kind::COMPILER_PREPARING)
        .with("version", version)
        .with_retry_after(BUSY_SECONDS)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Problem::fault(&error))
}

/// Verifies the source of a contract and keeps it.
///
/// # Errors
/// There is no such contract; the claim breaks a rule; no compiler is here or free; the source is another one.
pub async fn claim(
    console: &Console,
    (ledger, address): (&str, Address),
    claim: SourceClaim,
    asker: &Asker,
) -> Result<(), Problem> {
    let found = contract(console, ledger, address).await?;
    let deployed = console.ledgers.node(ledger).await?.code(address).await?;
    let version = match claim.compiler.filter(|version| !version.trim().is_empty()) {
        Some(version) => version,
        None => Metadata::of(&deployed)
            .and_then(|metadata| metadata.compiler)
            .ok_or_else(|| {
                Problem::invalid(
                    "compiler",
                    "a version: the code does not say by which it was compiled",
                )
            })?,
    };
    let release = console.sources.release(version).await?;
    let input = match (claim.standard_json, claim.file) {
        (Some(input), None) => Input::standard(input),
        (None, Some(file)) => Input::single(single(file), &deployed, release.version.numbers()),
        _ => return Err(Problem::invalid("standardJson", "either this or file")),
    };
    let arguments = claim
        .constructor_arguments
        .filter(|text| !text.trim().is_empty())
        .map(|text| arguments(&text))
        .transpose()?;
    let claim = Claim {
        input: input.map_err(|InputError::Field { field, rule }| Problem::invalid(&field, rule))?,
        contract: claim.contract,
        deployed,
        creation: creation(console, ledger, &found).await?,
        arguments,
    };
    let session = asker.0.as_ref();
    let what = format!("verify source {ledger}/{address}");
    let verified = console.sources.verified(release, claim).await?;
    console.reads.order(session, &what).await?;
    let kept = source_view::kept(&verified, &author(session), &iso(now()));
    let kept = read::Verified {
        name: verified.name.clone(),
        abi: verified.abi,
        source: kept,
    };
    Ok(console.sources.store.verify(ledger, address, &kept).await?)
}

/// Keeps an ABI that somebody gives.
///
/// # Errors
/// There is no such contract, its source is verified, or it is no ABI.
pub async fn give_abi(
    console: &Console,
    (ledger, address): (&str, Address),
    claim: AbiClaim,
    asker: &Asker,
) -> Result<(), Problem> {
    let found = contract(console, ledger, address).await?;
    if source_view::is_verified(found.source.as_ref()) {
        return Err(Problem::new(Kind::STATE)
            .with_detail("the source of this contract is verified: its ABI is known"));
    }
    let entries = claim.abi.as_array().map_or(0, Vec::len);
    let abi: JsonAbi = serde_json::from_value(claim.abi.clone()).map_err(|error| {
        Problem::invalid("abi", "an ABI as compilers write it").with("cause", error.to_string())
    })?;
    if entries == 0 || entries > ABI_ENTRIES_MAX || abi.functions().count() + abi.events().count() == 0 {
        return Err(Problem::invalid(
            "abi",
            "a list of 1 to 2000 entries with a function or an event",
        ));
    }
    let session = asker.0.as_ref();
    console
        .reads
        .order(session, &format!("give abi {ledger}/{address}"))
        .await?;
    let source = json!({ "state": source_view::GIVEN, "by": author(session), "at": iso(now()) });
    let kept = read::Verified {
        name: crate::shapes::foreign(claim.name.unwrap_or_default())
            .trim()
            .to_owned(),
        abi: claim.abi,
        source,
    };
    Ok(console.sources.store.verify(ledger, address, &kept).await?)
}

/// A contract that has a source of its own.
async fn contract(console: &Console, ledger: &str, address: Address) -> Result<read::Contract, Problem> {
    let found = console.index.contract(ledger, address).await?;
    let found = found.ok_or_else(|| Problem::not_found("contract", &address.to_string()))?;
    if found.origin == read::ContractOrigin::System {
        return Err(Problem::new(Kind::STATE)
            .with_detail("it is a system contract: its interface is part of the city"));
    }
    Ok(found)
}

/// The input of the transaction that created a contract.
async fn creation(console: &Console, ledger: &str, found: &read::Contract) -> Result<Option<Bytes>, Problem> {
    let Some(hash) = found
        .transaction
        .filter(|_| found.origin == read::ContractOrigin::Transaction)
    else {
        return Ok(None);
    };
    let transaction = console.index.transaction(ledger, hash).await?;
    let creating = transaction.filter(|transaction| transaction.created == Some(found.address));
    Ok(creating.map(|transaction| transaction.input))
}

fn single(file: SourceFile) -> SingleFile {
    SingleFile {
        source: file.source,
        path: file.path.filter(|path| !path.trim().is_empty()),
        optimizer: file.optimizer,
        runs: file.runs,
        evm_version: file.evm_version.filter(|version| !version.is_empty()),
        via_ir: file.via_ir,
    }
}

fn arguments(text: &str) -> Result<Bytes, Problem> {
    let bytes = hex::decode(text.trim())
        .ok()
        .filter(|bytes| bytes.len() <= ARGUMENTS_BYTES_MAX);
    bytes
        .map(Bytes::from)
        .ok_or_else(|| Problem::invalid("constructorArguments", "hexadecimal, two digits a byte"))
}

/// Who gives a source or an ABI, as everybody may see it.
fn author(session: Option<&Session>) -> String {
    let Some(session) = session else {
        return "guest".to_owned();
    };
    match (&session.account, &session.subject) {
        (Some(account), _) | (None, Subject::Account(account)) => account.to_string(),
        (None, Subject::Identity(id)) => did(*id),
        (None, Subject::Administrator) => "administrator".to_owned(),
        // What a provider calls a person is nobody else's business.
        (None, Subject::External { .. }) => session.identity.map_or_else(|| "external".to_owned(), did),
    }
}

/// Why a source is not taken, as a problem.
fn refused(refusal: &Refusal) -> Problem {
    let with = |kind: Kind| Problem::new(kind).with_detail(refusal.to_string());
    let json = |value: serde_json::Result<Value>| value.unwrap_or_default();
    match refusal {
        Refusal::NoCode => with(Kind::STATE),
        Refusal::NotCompiled { messages } => {
            with(Kind::NOT_COMPILED).with("messages", json(serde_json::to_value(messages)))
        }
        Refusal::NoContract { contracts, .. } => with(Kind::NO_CONTRACT).with("contracts", contracts.clone()),
        Refusal::Mismatch { difference } => {
            with(Kind::OTHER_SOURCE).with("difference", json(serde_json::to_value(difference)))
        }
        Refusal::Arguments { found } => with(Kind::OTHER_ARGUMENTS).with("found", found.clone()),
        Refusal::ArgumentsUnknown => with(Kind::OTHER_ARGUMENTS),
        Refusal::Compiler(error) => match error {
            Error::InputTooLarge { .. } => with(Kind::TOO_LARGE),
            Error::Deadline { .. } | Error::Memory { .. } | Error::Depth => with(Kind::TOO_COSTLY),
            Error::GaveUp { .. } | Error::Failed { .. } | Error::Answer { .. } => {
                tracing::warn!(cause = %civitas_sdk::causes(error), "a compiler failed");
                with(Kind::TOO_COSTLY)
            }
            _ => Problem::fault(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use civitas_solidity::{Difference, Hint, Message};

    #[test]
    fn refusals_say_what_to_do() {
        let check =
            |refusal: Refusal, slug: &str| assert_eq!(refused(&refusal).kind().slug, slug, "{refusal}");
        check(Refusal::NoCode, "wrong-state");
        let message = Message {
            severity: "error".to_owned(),
            kind: "ParserError".to_owned(),
            path: "a.sol".to_owned(),
            line: 3,
            column: 1,
            text: "Expected ';'".to_owned(),
        };
        check(
            Refusal::NotCompiled {
                messages: vec![message],
            },
            "source-not-compiled",
        );
        let difference = Difference {
            contract: "a.sol:A".to_owned(),
            compiled_bytes: 1,
            deployed_bytes: 2,
            first: 0,
            deployed_with: None,
            hints: vec![Hint::OtherSource],
        };
        check(
            Refusal::Mismatch {
                difference: Box::new(difference),
            },
            "other-source",
        );
        check(Refusal::Compiler(Error::Depth), "compilation-too-costly");
        check(Refusal::Compiler(Error::Died), "fault");
        check(
            Refusal::Arguments {
                found: "0x".to_owned(),
            },
            "other-arguments",
        );
    }

    #[test]
    fn arguments_are_hexadecimal() {
        assert_eq!(arguments(" 0x00ff ").unwrap(), Bytes::from_static(&[0, 255]));
        for wrong in ["0x0", "xyz"] {
            assert_eq!(arguments(wrong).unwrap_err().kind().slug, "invalid-request");
        }
        assert!(arguments(&"00".repeat(ARGUMENTS_BYTES_MAX + 1)).is_err());
    }
}
