//! The program of the city that judges contracts: started once for each, without a shell, bounded in time and words.
//!
//! Invariants:
//! - What such a program does wrong is no verdict on the contract: it is told, and warned of.
//! - It gets none of the keys that stand in the environment of this command.

use crate::attach::{inspection::Verdict, probe::printable};
use alloy_primitives::{Address, hex};
use serde::Serialize;
use std::{ffi::OsString, io, process::Stdio, time::Duration};
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
};

/// An analyser takes seconds for a contract; one that takes longer would let a reviewer wait for hours.
const TIME_MAX: Duration = Duration::from_secs(60);
/// Bytes that it may print: a line is shown, and more is not what was asked for.
const OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// Before the names of variables with keys and settings of this command.
const OWN_VARIABLES: &str = "CIVITAS_";
/// Exit code of a contract that somebody has to look at.
const WARNED: i32 = 1;

/// The program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scanner {
    program: String,
    arguments: Vec<String>,
    time_max: Duration,
}

/// What it says of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    /// The first line that it printed.
    pub(super) what: String,
}

/// Why it says nothing.
#[derive(Debug, Error)]
pub(super) enum ScannerError {
    /// It is not there, or no program.
    #[error("{program} cannot be started")]
    Unstarted {
        program: String,
        #[source]
        source: io::Error,
    },
    /// Its output or its end cannot be read.
    #[error("{program} cannot be read")]
    Unreadable {
        program: String,
        #[source]
        source: io::Error,
    },
    /// It was ended, since it took too long.
    #[error("{program} had not ended after {} ms", limit.as_millis())]
    TimedOut { program: String, limit: Duration },
    /// It was ended, since it prints without end.
    #[error("{program} printed more than {OUTPUT_BYTES_MAX} bytes")]
    TooLong { program: String },
    /// Its output is no text.
    #[error("{program} printed what is no UTF-8")]
    NotText { program: String },
    /// It did not end by itself.
    #[error("{program} was ended by a signal")]
    Ended { program: String },
}

/// Reads the argument: a program and its arguments, separated by spaces.
pub(super) fn parse(command: &str) -> Result<Scanner, String> {
    let mut words = command.split_whitespace().map(str::to_owned);
    let program = words.next();
    Ok(Scanner {
        program: program
            .ok_or("a program, and its arguments if it has some: /usr/local/bin/judge --quick")?,
        arguments: words.collect(),
        time_max: TIME_MAX,
    })
}

impl Scanner {
    /// The command, as it was given.
    pub(super) fn command(&self) -> String {
        let words: Vec<&str> = std::iter::once(&self.program)
            .chain(&self.arguments)
            .map(String::as_str)
            .collect();
        words.join(" ")
    }

    /// Has a contract judged. Its code goes to the standard input, as hexadecimal digits and the end of a line; names of
    /// the chain and the contract are the last two arguments.
    ///
    /// # Errors
    /// See [`ScannerError`].
    pub(super) async fn judge(
        &self,
        chain: &str,
        contract: Address,
        code: &[u8],
    ) -> Result<Judgement, ScannerError> {
        let program = || self.program.clone();
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg(chain)
            .arg(contract.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_own(name)) {
            command.env_remove(name);
        }
        let child = command.spawn().map_err(|source| ScannerError::Unstarted {
            program: program(),
            source,
        })?;
        let talk = tokio::time::timeout(self.time_max, self.talk(child, code));
        talk.await.unwrap_or_else(|_| {
            Err(ScannerError::TimedOut {
                program: program(),
                limit: self.time_max,
            })
        })
    }

    async fn talk(&self, mut child: Child, code: &[u8]) -> Result<Judgement, ScannerError> {
        let program = || self.program.clone();
        let unreadable = |source| ScannerError::Unreadable {
            program: program(),
            source,
        };
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let write = async move {
            if let Some(mut stdin) = stdin {
                // A program that does not read the code says itself what it lacks.
                let line = format!("{}\n", hex::encode(code));
                let _ = stdin.write_all(line.as_bytes()).await;
            }
            Ok(())
        };
        let read = async move {
            let mut output = Vec::new();
            if let Some(stdout) = stdout {
                let bytes_max = u64::try_from(OUTPUT_BYTES_MAX).unwrap_or(u64::MAX);
                let mut bounded = stdout.take(bytes_max.saturating_add(1));
                bounded.read_to_end(&mut output).await.map_err(unreadable)?;
            }
            match output.len() <= OUTPUT_BYTES_MAX {
                true => Ok(output),
                false => Err(ScannerError::TooLong { program: program() }),
            }
        };
        // It may print before it has read all of the code.
        let ((), output) = tokio::try_join!(write, read)?;
        let status = child.wait().await.map_err(unreadable)?;
        let what = String::from_utf8(output).map_err(|_| ScannerError::NotText { program: program() })?;
        let verdict = match status.code() {
            None => return Err(ScannerError::Ended { program: program() }),
            Some(0) => Verdict::Pass,
            Some(WARNED) => Verdict::Warn,
            Some(_) => Verdict::Fail,
        };
        let what = printable(what.lines().next().unwrap_or_default());
        Ok(Judgement { verdict, what })
    }
}

fn is_own(name: &OsString) -> bool {
    name.to_string_lossy().starts_with(OWN_VARIABLES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    const CHAIN: &str = "eip155:7";

    /// A program. Another process writes it: a file that this one had open for writing could be inherited by a child of
    /// another test, and could not be started then.
    fn script(folder: &Path, name: &str, lines: &str) -> PathBuf {
        let path = folder.join(name);
        let written = std::process::Command::new("/bin/sh")
            .args([
                "-c",
                "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 700 \"$2\"",
                "sh",
                lines,
            ])
            .arg(&path)
            .status();
        assert!(written.unwrap().success());
        path
    }

    async fn judge(path: &Path, words: &str, code: &[u8]) -> Result<Judgement, ScannerError> {
        let mut scanner = parse(&format!("{} {words}", path.display())).unwrap();
        if words == "impatient" {
            scanner.time_max = Duration::from_millis(50);
        }
        scanner.judge(CHAIN, Address::repeat_byte(0xab), code).await
    }

    #[test]
    fn a_command_is_a_program_and_its_arguments() {
        let scanner = parse(" /bin/judge  --level 3 ").unwrap();
        assert_eq!(scanner.program, "/bin/judge");
        assert_eq!(scanner.arguments, ["--level", "3"]);
        assert_eq!(scanner.command(), "/bin/judge --level 3");
        assert!(parse("  ").is_err());
        assert!(is_own(&"CIVITAS_KEY".into()) && !is_own(&"PATH".into()));
    }

    #[tokio::test]
    async fn what_a_program_says_is_a_verdict_and_what_it_does_wrong_is_none() {
        let folder = std::env::temp_dir().join(format!("civitas-scanner-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = script(
            &folder,
            "judge",
            "case \"$1\" in
               echo) read code; echo \"$# $2 $3 $code\"; echo more; exit 0 ;;
               code) exit \"$2\" ;;
               count) tr -d '\\n' | wc -c; exit 1 ;;
               deaf) echo deaf ;;
               raw) printf '\\377\\n' ;;
               huge) exec yes ;;
               signal) kill -9 $$ ;;
               impatient) exec sleep 600 ;;
             esac",
        );
        let said = |verdict, what: &str| Judgement {
            verdict,
            what: what.to_owned(),
        };
        let address = Address::repeat_byte(0xab);
        let found = judge(&path, "echo", &[0x60, 0xff]).await.unwrap();
        assert_eq!(found, said(Verdict::Pass, &format!("3 {CHAIN} {address} 60ff")));
        for (code, verdict) in [
            ("0", Verdict::Pass),
            ("1", Verdict::Warn),
            ("2", Verdict::Fail),
            ("77", Verdict::Fail),
        ] {
            assert_eq!(
                judge(&path, &format!("code {code}"), &[]).await.unwrap(),
                said(verdict, ""),
                "{code}"
            );
        }
        // More than a pipe holds, both for a program that reads it and for one that does not.
        let large = vec![0xab; 200_000];
        let found = judge(&path, "count", &large).await.unwrap();
        assert_eq!((found.verdict, found.what.trim()), (Verdict::Warn, "400000"));
        assert_eq!(
            judge(&path, "deaf", &large).await.unwrap(),
            said(Verdict::Pass, "deaf")
        );
        let fault = async |words: &str| judge(&path, words, &large).await.unwrap_err();
        assert!(matches!(fault("raw").await, ScannerError::NotText { .. }));
        assert!(matches!(fault("huge").await, ScannerError::TooLong { .. }));
        assert!(matches!(fault("signal").await, ScannerError::Ended { .. }));
        assert!(matches!(fault("impatient").await, ScannerError::TimedOut { .. }));
        let missing = judge(&folder.join("none"), "", &[]).await.unwrap_err();
        assert!(matches!(missing, ScannerError::Unstarted { .. }), "{missing}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
