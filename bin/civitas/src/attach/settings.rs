//! The settings of the gateway that follows an attached chain: made once, added to where others are there already.

use anyhow::{Context, ensure};
use civitas_gateway::config::Config;
use std::{
    fs,
    io::Write as _,
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// Keys are for their owner alone.
const OWNER_ONLY: u32 = 0o600;

/// What is written.
pub(super) struct Settings<'a> {
    pub(super) folder: &'a Path,
    /// JSON-RPC of the main ledger.
    pub(super) ledger: &'a str,
    /// As given: a name, hexadecimal digits, or a file.
    pub(super) key: &'a str,
    pub(super) listen: SocketAddr,
    /// CAIP-2 name.
    pub(super) chain: &'a str,
    pub(super) url: &'a str,
}

impl Settings<'_> {
    /// Writes the settings, or adds the chain to those that are there. Repeated, it changes nothing.
    ///
    /// # Errors
    /// The folder cannot be written, or what is there cannot be read or is for another key.
    pub(super) fn write(&self) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(self.folder)
            .with_context(|| format!("cannot make the folder {}", self.folder.display()))?;
        let path = self.folder.join("gateway.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => {
                let known = Config::load(&path)
                    .with_context(|| format!("the settings in {} cannot be used", path.display()))?;
                let name = known.key.to_str().context("the path of the key is not UTF-8")?;
                let same = crate::account::from_argument(name)?.address
                    == crate::account::from_argument(self.key)?.address;
                ensure!(
                    same,
                    "{} is for another account: choose another folder with --out",
                    path.display()
                );
                if known.chains.iter().any(|chain| chain.chain == self.chain) {
                    return Ok(path);
                }
                format!("{}\n{}", text.trim_end(), self.chain_text())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.text()?,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        Config::read(&text).context("the settings of the gateway")?;
        // An address may hold a key of a provider.
        write_private(&path, &text)?;
        Ok(path)
    }

    fn text(&self) -> anyhow::Result<String> {
        let key = self.key_file()?;
        let key = key.to_str().context("the path of the key is not UTF-8")?;
        Ok(format!(
            "# Made by `civitas chain attach`.\nledger = [{}]\nkey = {}\ndata = \"data\"\nlisten = \"{}\"\n{}",
            quoted(self.ledger),
            quoted(key),
            self.listen,
            self.chain_text()
        ))
    }

    fn chain_text(&self) -> String {
        format!(
            "\n[[chains]]\nchain = {}\n# Add addresses of other operators: one that lies or is away is made up for by another.\nurls = [{}]\n",
            quoted(self.chain),
            quoted(self.url)
        )
    }

    /// The file of the key; a key that was given in another form is written to one.
    fn key_file(&self) -> anyhow::Result<PathBuf> {
        let given = Path::new(self.key);
        if given.is_file() {
            return given
                .canonicalize()
                .with_context(|| format!("cannot find {}", given.display()));
        }
        let account = crate::account::from_argument(self.key)?;
        write_private(&self.folder.join("account.key"), &account.key_text())?;
        Ok(PathBuf::from("account.key"))
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Replaces a file that only its owner reads.
pub(super) fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let write = || {
        // One that is left over could have other permissions.
        let _ = fs::remove_file(&beside);
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(OWNER_ONLY)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings<'a>(folder: &'a Path, key: &'a str, chain: &'a str) -> Settings<'a> {
        Settings {
            folder,
            ledger: "http://127.0.0.1:8545",
            key,
            listen: "127.0.0.1:8600".parse().unwrap(),
            chain,
            url: "http://127.0.0.1:9545/\"key\"",
        }
    }

    #[test]
    fn settings_are_made_once_and_added_to() {
        let folder = std::env::temp_dir().join(format!("civitas-attach-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let path = settings(&folder, "dev5", "eip155:1").write().unwrap();
        let first = fs::read_to_string(&path).unwrap();
        settings(&folder, "dev5", "eip155:1").write().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), first);
        settings(&folder, "dev5", "eip155:2").write().unwrap();
        let config = Config::load(&path).unwrap();
        let chains: Vec<&str> = config.chains.iter().map(|chain| chain.chain.as_str()).collect();
        assert_eq!(chains, ["eip155:1", "eip155:2"]);
        assert_eq!(config.chains[0].urls, ["http://127.0.0.1:9545/\"key\""]);
        let key = crate::account::from_argument(config.key.to_str().unwrap()).unwrap();
        assert_eq!(
            key.address,
            crate::account::from_argument("dev5").unwrap().address
        );
        // Another account would report under the name of this one.
        assert!(settings(&folder, "dev6", "eip155:3").write().is_err());
        fs::remove_dir_all(&folder).unwrap();
    }
}
