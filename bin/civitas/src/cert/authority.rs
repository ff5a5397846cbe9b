//! `civitas cert revoke`, `crl` and `list`: the authority's book and its revocation list.

use super::{Life, Place, distribute_list, read};
use crate::output;
use anyhow::Context;
use civitas_crypto::pki::{
    AuthorityFolder, Certificate, Issued, RevocationReason, Revocations, Status, Validity, in_words,
};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime},
};

/// Exit code of `civitas cert list` when something ends soon, or has ended: a cron job can tell it from a failure.
const ENDS_SOON: u8 = 4;
const SECONDS_PER_DAY: u64 = 86_400;

/// Arguments of `civitas cert revoke`.
#[derive(Debug, clap::Args)]
pub struct RevokeArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    which: Which,
    /// Why.
    #[arg(long, value_enum, default_value = "unspecified")]
    reason: Reason,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// The certificate (PEM).
    #[arg(long)]
    certificate: Option<PathBuf>,
    /// Its serial number, in hexadecimal.
    #[arg(long)]
    serial: Option<String>,
    /// Name of the node: all of its certificates that are valid.
    #[arg(long)]
    name: Option<String>,
}

/// Why a certificate is taken back.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Reason {
    /// Not said.
    Unspecified,
    /// Others may have the private key.
    KeyCompromise,
    /// The node belongs to another organisation now.
    AffiliationChanged,
    /// A newer certificate takes its place.
    Superseded,
    /// The node is no longer used.
    CessationOfOperation,
    /// The node may no longer take part.
    PrivilegeWithdrawn,
}

impl From<Reason> for RevocationReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Unspecified => Self::Unspecified,
            Reason::KeyCompromise => Self::KeyCompromise,
            Reason::AffiliationChanged => Self::AffiliationChanged,
            Reason::Superseded => Self::Superseded,
            Reason::CessationOfOperation => Self::CessationOfOperation,
            Reason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
        }
    }
}

/// Revokes, and tells the nodes of this machine.
pub fn revoke(args: &RevokeArgs) -> anyhow::Result<()> {
    let now = SystemTime::now();
    let mut authority = args.place.open()?;
    let serials = match (&args.which.certificate, &args.which.serial, &args.which.name) {
        (Some(path), ..) => vec![Certificate::from_pem(&read(path)?)?.serial],
        (None, Some(serial), _) => vec![serial.clone()],
        (None, None, name) => {
            let name = name.clone().unwrap_or_default();
            let valid = authority
                .issued()
                .iter()
                .filter(|entry| entry.name == name && entry.status(now) == Status::Valid);
            let serials: Vec<String> = valid.map(|entry| entry.serial.clone()).collect();
            anyhow::ensure!(
                !serials.is_empty(),
                "{name} has no valid certificate of this authority: `civitas cert list` shows them"
            );
            serials
        }
    };
    for serial in serials {
        let entry = authority.revoke(&serial, args.reason.into(), now)?;
        println!(
            "Revoked: {} of {}, serial {}.",
            entry.name, entry.organisation, entry.serial
        );
    }
    distribute_list(&args.place, &authority)
}

/// Arguments of `civitas cert crl`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Until the next list is due.
    #[command(flatten)]
    life: Life,
}

/// Writes a fresh list, and tells the nodes of this machine.
pub fn crl(args: &ListArgs) -> anyhow::Result<()> {
    let now = SystemTime::now();
    let mut authority = args.place.open()?;
    let life = args.life.or(authority.list_life());
    authority.write_list(now, life)?;
    let due = now.checked_add(life).unwrap_or(now);
    println!("A new revocation list; the next one is due by {}.", in_words(due));
    distribute_list(&args.place, &authority)
}

/// Arguments of `civitas cert list`.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    #[command(flatten)]
    place: Place,
    /// Show every certificate, not only the newest one of each node key.
    #[arg(long)]
    all: bool,
    /// What ends within so many days ends soon; without it, what has less than a sixth of its life left.
    #[arg(long)]
    within_days: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl ShowArgs {
    fn ends_soon(&self, validity: Validity, now: SystemTime) -> bool {
        let soon = self.within_days.map_or_else(
            || validity.life() / 6,
            |days| Duration::from_secs(u64::from(days) * SECONDS_PER_DAY),
        );
        validity.left(now) < soon
    }
}

/// Shows the book. It needs no key.
pub fn list(args: &ShowArgs) -> anyhow::Result<ExitCode> {
    let now = SystemTime::now();
    let folder = args.place.authority();
    let issued = AuthorityFolder::read_issued(&folder)
        .with_context(|| format!("there is no book of an authority in {}", folder.display()))?;
    let own = Certificate::from_pem(&read(&folder.join("authority.pem"))?)?;
    let lists = Revocations::from_pem(&read(&folder.join("crl.pem"))?)?;
    let newest: Vec<&Issued> = issued
        .iter()
        .enumerate()
        .filter(|(index, entry)| {
            !issued[index + 1..]
                .iter()
                .any(|later| later.public_key == entry.public_key)
        })
        .map(|(_, entry)| entry)
        .collect();
    let mut warnings: Vec<String> = newest
        .iter()
        .filter(|entry| entry.status(now) != Status::Revoked && args.ends_soon(entry.validity(), now))
        .map(|entry| format!("the certificate of {}", entry.name))
        .collect();
    if args.ends_soon(own.validity, now) {
        warnings.push("the certificate of the authority".to_owned());
    }
    if lists.lists().any(|list| args.ends_soon(list.validity, now)) {
        warnings.push("the revocation list".to_owned());
    }
    let shown = if args.all { issued.iter().collect() } else { newest };
    if args.json {
        let report = report(args, &own, &lists, &shown, now);
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&own, &lists, &shown, now);
    }
    if warnings.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("Ends soon, or has ended: {}.", warnings.join(", "));
    Ok(ExitCode::from(ENDS_SOON))
}

fn report(
    args: &ShowArgs,
    own: &Certificate,
    lists: &Revocations,
    shown: &[&Issued],
    now: SystemTime,
) -> Value {
    let ends = |validity: Validity| {
        json!({
            "notAfter": in_words(validity.not_after()),
            "secondsLeft": validity.left(now).as_secs(),
            "daysLeft": validity.left(now).as_secs() / SECONDS_PER_DAY,
            "endsSoon": args.ends_soon(validity, now),
        })
    };
    let list = lists.lists().next();
    json!({
        "authority": {
            "name": own.name,
            "fingerprint": own.fingerprint(),
            "ends": ends(own.validity),
        },
        "revocationList": list.map(|list| json!({
            "number": list.number.trim_start_matches('0'),
            "revoked": list.serials,
            "ends": ends(list.validity),
        })),
        "certificates": shown.iter().map(|entry| json!({
            "name": entry.name,
            "organisation": entry.organisation,
            "publicKey": entry.public_key,
            "serial": entry.serial,
            "status": entry.status(now),
            "ends": ends(entry.validity()),
        })).collect::<Vec<_>>(),
    })
}

fn print(own: &Certificate, lists: &Revocations, shown: &[&Issued], now: SystemTime) {
    println!("{} (until {})", own.name, in_words(own.validity.not_after()));
    for list in lists.lists() {
        let (revoked, due) = (list.serials.len(), in_words(list.validity.not_after()));
        println!("Revocation list: {revoked} revoked, the next one is due by {due}");
    }
    let mut rows = vec![
        ["NODE", "ORGANISATION", "STATUS", "LEFT", "UNTIL", "SERIAL"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(shown.iter().map(|entry| {
        let status = match entry.status(now) {
            Status::Valid => "valid",
            Status::Expired => "expired",
            Status::Revoked => "revoked",
        };
        vec![
            entry.name.clone(),
            entry.organisation.clone(),
            status.to_owned(),
            left(entry.validity().left(now)),
            in_words(entry.validity().not_after()),
            entry.serial.clone(),
        ]
    }));
    output::table(&rows);
}

/// A time that is left, in the unit that people would use.
fn left(left: Duration) -> String {
    let seconds = left.as_secs();
    match seconds {
        0 => "none".to_owned(),
        1..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / SECONDS_PER_DAY),
    }
}
