//! One renewal: a request to the issuer that the settings name, and its answer in place of the old certificate.
//!
//! The answer is checked as a peer would check it before the old certificate is given up.

use crate::config::{IdentityConfig, RenewalConfig};
use civitas_crypto::{
    CertificateRefusal, KeyError, NodeKeyPair, PkiError,
    pki::{AuthorityFolder, Certificate, NodeRequest, TrustAnchors, Usage, chain_from_pem},
    replace_file,
};
use civitas_types::NodeKey;
use std::{
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, SystemTime},
};
use thiserror::Error;
use tokio::io::AsyncWriteExt as _;

/// The longest that an issuer may take.
const ISSUER_WAIT: Duration = Duration::from_secs(30);
/// An issuer's answer is a chain of a few certificates; more is not read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Of what a failed program said, this much goes to the log.
const SAID_CHARACTERS_MAX: usize = 400;
/// Why a certificate was not renewed.
#[derive(Debug, Error)]
pub enum RenewalError {
    /// Nobody is named who renews.
    #[error("node.toml names nobody who renews: set identity.renewal, or have a certificate issued")]
    NotConfigured,
    /// The operator's program did not run.
    #[error("the renewal command {program} cannot be run")]
    Command {
        /// The program.
        program: String,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// The operator's program failed.
    #[error("the renewal command {program} ended with {status}: {said}")]
    CommandFailed {
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        said: String,
    },
    /// The issuer took too long.
    #[error("the issuer did not answer within {} s", ISSUER_WAIT.as_secs())]
    TimedOut,
    /// The issuer's answer is too long.
    #[error("the issuer answered with more than {ANSWER_BYTES_MAX} bytes")]
    AnswerTooLong,
    /// The authority refuses, or what it gave cannot be read.
    #[error("the authority gives no certificate")]
    Pki(#[from] PkiError),
    /// The new certificate would be refused by the peers.
    #[error("the new certificate would be refused by the other nodes; the old one is kept")]
    Refused(#[from] CertificateRefusal),
    /// The new certificate ends no later than the old one.
    #[error("the new certificate ends no later than the old one, which is kept")]
    NotLonger,
    /// The key of the node.
    #[error("the key of the node cannot be used")]
    Key(#[from] KeyError),
    /// A file.
    #[error("cannot {attempt} {}", path.display())]
    File {
        /// What was attempted.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// The failure.
        #[source]
        source: io::Error,
    },
    /// The work was given up because the node stops.
    #[error("the renewal was given up")]
    GivenUp,
}

/// Renews the certificate of a node now: a request signed by its key goes to the issuer that the settings name, and
/// the answer takes the place of the certificate's file. Gives the new certificate.
///
/// # Errors
/// See [`RenewalError`]; the old certificate is still there then.
pub async fn renew(paths: &IdentityConfig) -> Result<Certificate, RenewalError> {
    let key = NodeKeyPair::load(&paths.key)?;
    let old = Certificate::from_pem(&read_file("read the certificate", &paths.certificate)?)?;
    let names: Vec<String> = old.alternative_names.clone();
    let request = NodeRequest::create(&key, &old.name, &old.organisation, &names)?;
    let answer = match paths.renewal.clone() {
        None => return Err(RenewalError::NotConfigured),
        Some(RenewalConfig::Command(words)) => run_command(&words, &request).await?,
        Some(RenewalConfig::Authority(folder)) => {
            let request = NodeRequest::from_pem(&request)?;
            let issued = move || -> Result<Certificate, PkiError> {
                AuthorityFolder::open(&folder)?.renew(&request, SystemTime::now())
            };
            let issued = tokio::task::spawn_blocking(issued).await;
            issued.map_err(|_| RenewalError::GivenUp)??.to_pem()
        }
    };
    let renewed = check(&answer, paths, &key.public_key())?;
    if renewed.validity.not_after() <= old.validity.not_after() {
        return Err(RenewalError::NotLonger);
    }
    write_file(&paths.certificate, &answer)?;
    Ok(renewed)
}

/// Gets a fresh revocation list of the city's own authority on this machine, if the settings name one.
pub(super) async fn renew_list(paths: &IdentityConfig) -> Result<(), RenewalError> {
    let (Some(RenewalConfig::Authority(folder)), Some(path)) =
        (paths.renewal.clone(), paths.revocations.clone())
    else {
        return Err(RenewalError::NotConfigured);
    };
    let fresh =
        move || -> Result<String, PkiError> { AuthorityFolder::open(&folder)?.fresh_list(SystemTime::now()) };
    let fresh = tokio::task::spawn_blocking(fresh).await;
    write_file(&path, &fresh.map_err(|_| RenewalError::GivenUp)??)
}

/// The first certificate of an issuer's answer, if the peers of this node will accept it.
fn check(answer: &str, paths: &IdentityConfig, key: &NodeKey) -> Result<Certificate, RenewalError> {
    let chain = chain_from_pem(answer)?;
    let anchors = TrustAnchors::from_pem(&read_file("read the authorities", &paths.authorities)?)?;
    let (leaf, intermediates) = chain.split_first().ok_or(PkiError::NoCertificate)?;
    let now = SystemTime::now();
    for usage in [Usage::Dialler, Usage::Listener] {
        let found = anchors.verify(leaf, intermediates, now, usage)?;
        if found != *key {
            return Err(CertificateRefusal::ForeignKey {
                expected: *key,
                found,
            }
            .into());
        }
    }
    Ok(Certificate::from_der(leaf.clone())?)
}

async fn run_command(words: &[String], request: &str) -> Result<String, RenewalError> {
    let (program, arguments) = words.split_first().ok_or(RenewalError::NotConfigured)?;
    let failed = |source| RenewalError::Command {
        program: program.clone(),
        source,
    };
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let stdin = child.stdin.take();
    let talk = async {
        if let Some(mut stdin) = stdin {
            // A program that does not read its input says itself what it lacks.
            let _ = stdin.write_all(request.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    let output = tokio::time::timeout(ISSUER_WAIT, talk)
        .await
        .map_err(|_| RenewalError::TimedOut)?
        .map_err(failed)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(RenewalError::CommandFailed {
            program: program.clone(),
            status: output.status,
            said: said.trim().chars().take(SAID_CHARACTERS_MAX).collect(),
        });
    }
    if output.stdout.len() > ANSWER_BYTES_MAX {
        return Err(RenewalError::AnswerTooLong);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn read_file(attempt: &'static str, path: &Path) -> Result<String, RenewalError> {
    std::fs::read_to_string(path).map_err(|source| RenewalError::File {
        attempt,
        path: path.to_path_buf(),
        source,
    })
}

fn write_file(path: &Path, content: &str) -> Result<(), RenewalError> {
    replace_file(path, content.as_bytes()).map_err(|source| RenewalError::File {
        attempt: "write",
        path: path.to_path_buf(),
        source,
    })
}
