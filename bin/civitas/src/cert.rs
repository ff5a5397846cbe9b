//! `civitas cert`: certificates of nodes from request to revocation, on both sides: the node that asks and the
//! authority that signs. Nothing here speaks to a running node: nodes watch their files.

mod authority;
mod recover;

use anyhow::{Context, bail, ensure};
use civitas_crypto::{
    NodeKeyPair,
    pki::{AuthorityFolder, Certificate, NodeRequest, TrustAnchors, in_words},
    replace_file,
};
use civitas_node::{certificates, config::NodeConfig};
use clap::Subcommand;
use std::{
    io::{BufRead as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, SystemTime},
};

/// Arguments of `civitas cert`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a request for a node's key, and the key if there is none yet.
    Request(RequestArgs),
    /// Sign a request: the authority's side.
    Issue(IssueArgs),
    /// Renew a node's certificate now, by the issuer that its settings name.
    Renew(RenewArgs),
    /// Take a certificate back: nodes cut its links within seconds.
    Revoke(authority::RevokeArgs),
    /// Write a fresh revocation list.
    Crl(authority::ListArgs),
    /// Show what the authority has issued; exit code 4 if something ends soon.
    List(authority::ShowArgs),
    /// Let a node trust another authority.
    ImportAnchor(ImportArgs),
    /// Break-glass: new certificates for a whole city, offline.
    Recover(recover::Args),
}

/// Where the authority is.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// Folder of the city; its nodes on this machine get what the authority writes.
    #[arg(long, default_value = "city")]
    dir: PathBuf,
    /// Folder of the authority, if it is not `authority` in the city's folder.
    #[arg(long)]
    authority: Option<PathBuf>,
}

impl Place {
    fn authority(&self) -> PathBuf {
        self.authority
            .clone()
            .unwrap_or_else(|| self.dir.join("authority"))
    }

    fn open(&self) -> anyhow::Result<AuthorityFolder> {
        let folder = self.authority();
        ensure!(
            folder.is_dir(),
            "there is no authority in {}: name its folder with --authority, or that of its city with --dir",
            folder.display()
        );
        AuthorityFolder::open(&folder)
            .with_context(|| format!("cannot work with the authority in {}", folder.display()))
    }
}

/// How long something is valid.
#[derive(Debug, Clone, Copy, clap::Args)]
#[group(multiple = false)]
pub struct Life {
    /// Valid for so many days.
    #[arg(long)]
    days: Option<u32>,
    /// Valid for so many minutes.
    #[arg(long)]
    minutes: Option<u32>,
    /// Valid for so many seconds.
    #[arg(long, hide = true)]
    seconds: Option<u32>,
}

impl Life {
    fn or(self, usual: Duration) -> Duration {
        let of = |count: Option<u32>, unit: u64| count.map(|count| u64::from(count).saturating_mul(unit));
        of(self.days, 86_400)
            .or(of(self.minutes, 60))
            .or(of(self.seconds, 1))
            .map_or(usual, Duration::from_secs)
    }
}

#[derive(Debug, clap::Args)]
struct RequestArgs {
    /// The node's private key; made if it does not exist.
    #[arg(long)]
    key: PathBuf,
    /// Name of the node.
    #[arg(long)]
    name: String,
    /// The organisation that owns it.
    #[arg(long)]
    organisation: String,
    /// A DNS name or IP address of the node; may be given several times.
    #[arg(long = "alternative-name")]
    alternative_names: Vec<String>,
    /// Where to write the request (PKCS #10, PEM).
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
struct IssueArgs {
    #[command(flatten)]
    place: Place,
    /// The request (PKCS #10, PEM).
    #[arg(long)]
    request: PathBuf,
    /// The name that the request must have.
    #[arg(long)]
    name: Option<String>,
    /// The organisation that the request must have.
    #[arg(long)]
    organisation: Option<String>,
    #[command(flatten)]
    life: Life,
    /// Where to write the certificate (PEM).
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
struct RenewArgs {
    /// The node's settings.
    #[arg(long)]
    config: PathBuf,
}

#[derive(Debug, clap::Args)]
struct ImportArgs {
    /// The node's settings.
    #[arg(long)]
    config: PathBuf,
    /// The certificate of the authority (PEM).
    #[arg(long)]
    certificate: PathBuf,
    /// Its SHA-256 fingerprint, as its owner told you by another way; without it, you are asked.
    #[arg(long)]
    fingerprint: Option<String>,
}

/// Runs a subcommand.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let done = match args.command {
        Command::List(args) => return authority::list(&args),
        Command::Request(args) => request(&args),
        Command::Issue(args) => issue(&args),
        Command::Renew(args) => renew(&args),
        Command::Revoke(args) => authority::revoke(&args),
        Command::Crl(args) => authority::crl(&args),
        Command::ImportAnchor(args) => import_anchor(&args),
        Command::Recover(args) => recover::run(&args),
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn request(args: &RequestArgs) -> anyhow::Result<()> {
    let key = if args.key.exists() {
        NodeKeyPair::load(&args.key)?
    } else {
        let key = NodeKeyPair::generate()?;
        key.save(&args.key)?;
        println!("New key in {} (mode 0600).", args.key.display());
        key
    };
    let pem = NodeRequest::create(&key, &args.name, &args.organisation, &args.alternative_names)?;
    write(&args.out, &pem)?;
    println!(
        "Request for node key {} in {}.",
        key.public_key(),
        args.out.display()
    );
    println!("The authority signs it with `civitas cert issue --request ...`.");
    Ok(())
}

fn issue(args: &IssueArgs) -> anyhow::Result<()> {
    let request = NodeRequest::from_pem(&read(&args.request)?)
        .with_context(|| format!("cannot sign {}", args.request.display()))?;
    for (field, expected, found) in [
        ("name", &args.name, &request.name),
        ("organisation", &args.organisation, &request.organisation),
    ] {
        if let Some(expected) = expected {
            ensure!(
                expected == found,
                "the {field} in the request is {found:?}, not {expected:?}: nothing was signed"
            );
        }
    }
    let mut authority = args.place.open()?;
    let life = args.life.or(authority.certificate_life());
    let certificate = authority.issue(&request, life, SystemTime::now())?;
    let chain = certificate.to_pem();
    write(&args.out, &chain)?;
    println!("Issued to {} of {}:", certificate.name, certificate.organisation);
    println!("  key     {}", request.public_key);
    println!("  serial  {}", certificate.serial);
    println!("  names   {}", certificate.alternative_names.join(", "));
    println!("  until   {}", in_words(certificate.validity.not_after()));
    println!("  file    {}", args.out.display());
    Ok(())
}

fn renew(args: &RenewArgs) -> anyhow::Result<()> {
    let config = NodeConfig::load(&args.config)?;
    let renewed = crate::output::block_on(async { Ok(certificates::renew(&config.identity).await?) })?;
    println!(
        "{} has a certificate until {} (serial {}). A running node takes it within seconds.",
        renewed.name,
        in_words(renewed.validity.not_after()),
        renewed.serial
    );
    Ok(())
}

fn import_anchor(args: &ImportArgs) -> anyhow::Result<()> {
    let config = NodeConfig::load(&args.config)?;
    let pem = read(&args.certificate)?;
    let imported = TrustAnchors::from_pem(&pem)
        .with_context(|| format!("{} cannot be trusted", args.certificate.display()))?;
    let path = &config.identity.authorities;
    let old = read(path)?;
    let known: Vec<Certificate> = TrustAnchors::from_pem(&old)?.certificates().cloned().collect();
    let mut new = old.trim_end().to_owned();
    for certificate in imported.certificates().filter(|found| !known.contains(found)) {
        println!("Authority {} of {}", certificate.name, certificate.organisation);
        println!("  until        {}", in_words(certificate.validity.not_after()));
        println!("  fingerprint  {}", certificate.fingerprint());
        confirm(args, certificate)?;
        new.push('\n');
        new.push_str(certificate.to_pem().trim_end());
    }
    new.push('\n');
    ensure!(
        TrustAnchors::from_pem(&new)?.certificates().count() > known.len(),
        "{} is trusted already: nothing was changed",
        args.certificate.display()
    );
    write(path, &new)?;
    println!(
        "{} trusts it from now on; a running node within seconds.",
        config.name
    );
    println!(
        "Nodes of an organisation with anchors on the ledger link by it once it is one of them: civitas organisation \
         addAnchor ORGANISATION @{} --propose TITLE --as ORGANISATION --key KEY",
        args.certificate.display()
    );
    Ok(())
}

/// An authority can admit anyone: a person compares its fingerprint, or gives it.
fn confirm(args: &ImportArgs, certificate: &Certificate) -> anyhow::Result<()> {
    let plain = |text: &str| text.replace(':', "").to_ascii_uppercase();
    let given = if let Some(given) = &args.fingerprint {
        given.clone()
    } else {
        print!("Type the last eight digits of the fingerprint that its owner told you: ");
        std::io::stdout().flush()?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        let (line, found) = (plain(line.trim()), plain(&certificate.fingerprint()));
        if line.len() != 8 || !found.ends_with(&line) {
            bail!("the fingerprints differ: nothing was changed");
        }
        return Ok(());
    };
    ensure!(
        plain(&given) == plain(&certificate.fingerprint()),
        "the fingerprints differ: nothing was changed"
    );
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, content: &str) -> anyhow::Result<()> {
    replace_file(path, content.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

/// The settings of the nodes of a city whose folders are on this machine.
fn nodes_here(dir: &Path) -> anyhow::Result<Vec<NodeConfig>> {
    if !crate::city::City::exists(dir) {
        return Ok(Vec::new());
    }
    let city = crate::city::City::load(dir)?;
    city.nodes
        .iter()
        .map(|node| dir.join(&node.name).join("node.toml"))
        .filter(|settings| settings.is_file())
        .map(|settings| Ok(NodeConfig::load(&settings)?))
        .collect()
}

/// Gives the nodes of a city on this machine the newest revocation list of its authority.
fn distribute_list(place: &Place, authority: &AuthorityFolder) -> anyhow::Result<()> {
    let list = read(&authority.list_path())?;
    let mut given = 0;
    for node in nodes_here(&place.dir)? {
        if let Some(path) = &node.identity.revocations {
            write(path, &list)?;
            given += 1;
        }
    }
    println!(
        "The revocation list is {}; {given} nodes of {} have it. Copy it to all others.",
        authority.list_path().display(),
        place.dir.display()
    );
    Ok(())
}
