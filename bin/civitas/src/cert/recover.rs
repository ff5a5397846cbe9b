//! `civitas cert recover`: break-glass for a city whose certificates have all expired, or whose authority is lost.
//!
//! Node keys stay what they are: they are in the genesis and sign the votes. So only certificates, anchors and
//! revocation lists are made anew, offline, and no data is touched. What was revoked stays out.

use super::{Life, read, write};
use crate::{
    city::{City, CityNode},
    init::AUTHORITY_DAYS,
};
use anyhow::{Context, bail, ensure};
use civitas_crypto::pki::{
    AuthorityFolder, AuthorityRequest, AuthoritySettings, Certificate, Issued, NodeRequest, Status,
    TrustAnchors, Validity, in_words,
};
use civitas_node::config::NodeConfig;
use civitas_types::NodeKey;
use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// Life of certificates and lists of a new authority, if nothing else is asked for.
const USUAL_LIFE: Duration = Duration::from_secs(365 * 86_400);

/// Arguments of `civitas cert recover`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the city.
    #[arg(long, default_value = "city")]
    dir: PathBuf,
    /// The authority's key is lost or in wrong hands: make a new authority, and trust the old one no more.
    #[arg(long)]
    new_authority: bool,
    /// Go on although some certificates are still valid.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    life: Life,
}

/// Where the files of one node go.
struct Target {
    certificate: PathBuf,
    authorities: PathBuf,
    revocations: Option<PathBuf>,
    /// Of a new authority, which the ledger does not know yet.
    recovery: PathBuf,
    /// Settings of a node on this machine; none if the files have to be carried to it.
    is_here: bool,
}

/// Issues everything anew, and says what to do next.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let now = SystemTime::now();
    let city = City::load(&args.dir)?;
    let home = args.dir.join("authority");
    let book = AuthorityFolder::read_issued(&home).unwrap_or_default();
    check_needed(args, &city, &book, now)?;
    let mut authority = if args.new_authority {
        new_authority(args, &city, &home, now)?
    } else {
        old_authority(args, &home, now)?
    };
    let life = args.life.or(authority.certificate_life());
    // A list that ends before the certificates would stop the city again.
    authority.write_list(now, authority.list_life().max(life))?;
    let mut carried = false;
    for node in &city.nodes {
        if newest(&book, &node.public_key).is_some_and(|entry| entry.revoked.is_some()) {
            println!("{}: left out, its newest certificate was revoked", node.name);
            continue;
        }
        let target = target(&args.dir, node)?;
        if args.new_authority {
            write(&target.recovery, authority.authority().certificate_pem())?;
        }
        let certificate = reissue(&city, node, &target, &mut authority, (life, now))?;
        carried |= !target.is_here;
        println!(
            "{}: serial {}, until {}, in {}",
            node.name,
            certificate.serial,
            in_words(certificate.validity.not_after()),
            target.certificate.display()
        );
    }
    println!("\nWhat to do next:");
    if carried {
        println!(
            "- copy the folders in {} to the nodes that are elsewhere, in place of their files of the same names",
            args.dir.join("recovered").display()
        );
    }
    if args.new_authority {
        println!("- compare the authority's fingerprint on every node: it is a new one");
        println!("  {}", authority.authority().certificate().fingerprint());
        println!(
            "- once the city runs, make the authority an anchor of every organisation that used the old one:"
        );
        println!(
            "  civitas organisation addAnchor ORGANISATION @{} --propose TITLE --as ORGANISATION --key KEY",
            home.join("authority.pem").display()
        );
        println!(
            "  and remove the old one by removeAnchor. Then delete recovery-authorities.pem on every node: until"
        );
        println!("  then this authority may certify nodes of every organisation, whatever the ledger says");
    }
    println!(
        "- start the nodes: `civitas up --dir {}`, or your service manager",
        args.dir.display()
    );
    println!("- find out why nobody renewed in time: `civitas cert list`, docs/operator/certificates.md");
    Ok(())
}

/// Break-glass is for what is broken: a city with valid certificates renews them one by one.
fn check_needed(args: &Args, city: &City, book: &[Issued], now: SystemTime) -> anyhow::Result<()> {
    if args.force || args.new_authority {
        return Ok(());
    }
    let valid: Vec<&str> = city
        .nodes
        .iter()
        .filter(|node| newest(book, &node.public_key).is_some_and(|entry| entry.status(now) == Status::Valid))
        .map(|node| node.name.as_str())
        .collect();
    ensure!(
        valid.is_empty(),
        "the certificates of {} are still valid: renew the others with `civitas cert issue`, or add --force to \
         make all of them anew",
        valid.join(", ")
    );
    Ok(())
}

fn newest<'a>(book: &'a [Issued], key: &NodeKey) -> Option<&'a Issued> {
    book.iter().rev().find(|entry| entry.public_key == *key)
}

/// The authority with its old key; its own certificate is made anew if it has ended, or would end too soon.
fn old_authority(args: &Args, home: &Path, now: SystemTime) -> anyhow::Result<AuthorityFolder> {
    let mut authority = AuthorityFolder::open(home).with_context(|| {
        format!(
            "the authority in {} cannot be used: restore the folder from its backup; if its key is lost for good, \
             run again with --new-authority",
            home.display()
        )
    })?;
    let life = args.life.or(authority.certificate_life());
    let own = authority.authority().certificate().clone();
    if own.validity.left(now) <= life {
        authority.renew_authority(Validity::from_now(now, AUTHORITY_DAYS)?)?;
        println!("The authority has a new certificate for its old key.");
    }
    Ok(authority)
}

/// A new authority in place of the old one, whose folder is kept beside.
fn new_authority(args: &Args, city: &City, home: &Path, now: SystemTime) -> anyhow::Result<AuthorityFolder> {
    if home.exists() {
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
        let kept = args.dir.join(format!("authority.lost-{seconds}"));
        std::fs::rename(home, &kept)
            .with_context(|| format!("cannot move {} away to {}", home.display(), kept.display()))?;
        println!("The old authority is kept in {}.", kept.display());
    }
    let request = AuthorityRequest {
        name: format!("{} node authority", city.name),
        organisation: city.name.clone(),
        validity: Validity::from_now(now, AUTHORITY_DAYS)?,
    };
    let life = args.life.or(USUAL_LIFE);
    let settings = AuthoritySettings {
        certificate_life: life,
        list_life: life,
    };
    Ok(AuthorityFolder::create(home, &request, settings, now)?)
}

fn target(dir: &Path, node: &CityNode) -> anyhow::Result<Target> {
    let settings = dir.join(&node.name).join("node.toml");
    if settings.is_file() {
        let identity = NodeConfig::load(&settings)?.identity;
        return Ok(Target {
            recovery: identity.recovery_authorities(),
            certificate: identity.certificate,
            authorities: identity.authorities,
            revocations: identity.revocations,
            is_here: true,
        });
    }
    let folder = dir.join("recovered").join(&node.name);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    Ok(Target {
        certificate: folder.join("node.pem"),
        authorities: folder.join("authorities.pem"),
        revocations: Some(folder.join("crl.pem")),
        recovery: folder.join("recovery-authorities.pem"),
        is_here: false,
    })
}

fn reissue(
    city: &City,
    node: &CityNode,
    target: &Target,
    authority: &mut AuthorityFolder,
    (life, now): (Duration, SystemTime),
) -> anyhow::Result<Certificate> {
    let old = read(&target.certificate)
        .ok()
        .and_then(|pem| Certificate::from_pem(&pem).ok());
    if let Some(key) = old.as_ref().and_then(|old| old.public_key)
        && key != node.public_key
    {
        bail!(
            "{} is the certificate of another node key ({key}) than city.json says ({}): restore one of the two",
            target.certificate.display(),
            node.public_key
        );
    }
    let request = NodeRequest {
        name: node.name.clone(),
        organisation: old
            .as_ref()
            .map_or_else(|| city.name.clone(), |old| old.organisation.clone()),
        public_key: node.public_key,
        alternative_names: old
            .as_ref()
            .map(|old| old.alternative_names.clone())
            .unwrap_or_default(),
    };
    let certificate = authority.issue(&request, life, now)?;
    let anchors = anchors(authority, old.as_ref(), &target.authorities, now)?;
    write(&target.authorities, &anchors)?;
    if let Some(path) = &target.revocations {
        write(path, &read(&authority.list_path())?)?;
    }
    // Last: a node that starts between two of these writes still finds a certificate that fits its anchors.
    write(&target.certificate, &certificate.to_pem())?;
    Ok(certificate)
}

/// The city's authority, and the others that the node trusts and that are valid; not the one that issued the old
/// certificate, which this one replaces.
fn anchors(
    authority: &AuthorityFolder,
    old: Option<&Certificate>,
    path: &Path,
    now: SystemTime,
) -> anyhow::Result<String> {
    let mut pem = authority.authority().certificate_pem().to_owned();
    let Ok(known) = read(path) else { return Ok(pem) };
    let Ok(known) = TrustAnchors::from_pem(&known) else {
        return Ok(pem);
    };
    for other in known.certificates() {
        let is_replaced = old.is_some_and(|old| old.issuer == other.name);
        if !is_replaced && other.validity.contains(now) && other != authority.authority().certificate() {
            pem.push_str(&other.to_pem());
        }
    }
    Ok(pem)
}
