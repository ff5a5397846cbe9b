//! Keys and authorities through the file system, and OpenSSL's opinion of them.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

use civitas_crypto::{
    KeyError, NodeKeyPair, PkiError,
    pki::{AuthorityRequest, CertificateAuthority, LeafRequest, Validity},
};
use commonware_cryptography::{Signer as _, Verifier as _};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

/// A new folder of this process, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("civitas-crypto-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn openssl(arguments: &[&str]) -> Option<String> {
    let output = Command::new("openssl").args(arguments).output().ok()?;
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn keys_come_back_from_their_files() {
    let folder = Folder::new("keys");
    let path = folder.file("node.key");
    let key = NodeKeyPair::generate().unwrap();
    key.save(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    let read = NodeKeyPair::load(&path).unwrap();
    assert_eq!(read.public_key(), key.public_key());
    assert_ne!(NodeKeyPair::generate().unwrap().public_key(), key.public_key());
    let signature = read.signer().sign(b"namespace", b"message");
    assert!(
        key.signer()
            .public_key()
            .verify(b"namespace", b"message", &signature)
    );
    assert!(!format!("{key:?}").contains("PRIVATE"));

    let before = fs::read(&path).unwrap();
    assert!(matches!(
        NodeKeyPair::generate().unwrap().save(&path),
        Err(KeyError::Exists { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), before);
    // OpenSSL reads our keys, and we read OpenSSL's.
    openssl(&["pkey", "-in", path.to_str().unwrap(), "-noout", "-check"]);
    let theirs = folder.file("openssl.key");
    if openssl(&[
        "genpkey",
        "-algorithm",
        "ed25519",
        "-out",
        theirs.to_str().unwrap(),
    ])
    .is_some()
    {
        fs::set_permissions(&theirs, fs::Permissions::from_mode(0o600)).unwrap();
        NodeKeyPair::load(&theirs).unwrap();
    }
}

#[test]
fn keys_open_to_others_are_refused() {
    let folder = Folder::new("modes");
    let path = folder.file("node.key");
    NodeKeyPair::generate().unwrap().save(&path).unwrap();
    for (mode, is_private) in [
        (0o600, true),
        (0o400, true),
        (0o640, false),
        (0o604, false),
        (0o660, false),
        (0o601, false),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        match NodeKeyPair::load(&path) {
            Ok(_) => assert!(is_private, "{mode:o}"),
            Err(error) => {
                assert!(!is_private, "{mode:o}");
                assert!(matches!(error, KeyError::ReadableByOthers { .. }));
                let cure = format!("chmod 600 {}", path.display());
                assert!(error.to_string().contains(&cure), "{error}");
            }
        }
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let folder = Folder::new("bad");
    assert!(matches!(
        NodeKeyPair::load(&folder.0),
        Err(KeyError::NotAKeyFile { .. })
    ));
    assert!(matches!(
        NodeKeyPair::load(&folder.file("none")),
        Err(KeyError::File { .. })
    ));
    let path = folder.file("text");
    fs::write(&path, "nothing").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(
        NodeKeyPair::load(&path),
        Err(KeyError::Malformed { .. })
    ));
    fs::write(&path, vec![b'x'; 20_000]).unwrap();
    assert!(matches!(
        NodeKeyPair::load(&path),
        Err(KeyError::NotAKeyFile { .. })
    ));
}

#[test]
fn authorities_come_back_and_openssl_agrees() {
    let folder = Folder::new("authority");
    let now = SystemTime::now();
    let request = AuthorityRequest {
        name: "authority".to_owned(),
        organisation: "city".to_owned(),
        validity: Validity::from_now(now, 100).unwrap(),
    };
    let (key, pem, leaf) = (
        folder.file("ca.key"),
        folder.file("ca.pem"),
        folder.file("leaf.pem"),
    );
    let authority = CertificateAuthority::create(&request).unwrap();
    authority.save_key(&key).unwrap();
    assert_eq!(mode(&key), 0o600);
    fs::write(&pem, authority.certificate_pem()).unwrap();
    let again = CertificateAuthority::load(&pem, &key).unwrap();
    let node = NodeKeyPair::generate().unwrap();
    let issued = again
        .issue(&LeafRequest {
            name: "node0".to_owned(),
            organisation: "city".to_owned(),
            public_key: node.public_key(),
            alternative_names: Vec::new(),
            validity: Validity::from_now(now, 10).unwrap(),
        })
        .unwrap();
    fs::write(&leaf, issued.to_pem()).unwrap();
    let (pem_path, leaf_path) = (pem.to_str().unwrap(), leaf.to_str().unwrap());
    for purpose in ["sslclient", "sslserver"] {
        openssl(&[
            "verify",
            "-x509_strict",
            "-purpose",
            purpose,
            "-CAfile",
            pem_path,
            leaf_path,
        ]);
    }
    if let Some(text) = openssl(&["x509", "-in", pem_path, "-noout", "-text"]) {
        assert!(text.contains("CA:TRUE, pathlen:0"), "{text}");
        assert!(text.contains("Certificate Sign, CRL Sign"), "{text}");
    }

    // The key of another authority, and a file that others can read.
    let other = CertificateAuthority::create(&request).unwrap();
    let other_key = folder.file("other.key");
    other.save_key(&other_key).unwrap();
    assert!(matches!(
        CertificateAuthority::load(&pem, &other_key),
        Err(PkiError::ForeignAuthorityKey)
    ));
    assert!(matches!(
        CertificateAuthority::load(&leaf, &key),
        Err(PkiError::NotAnAuthority { .. })
    ));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        CertificateAuthority::load(&pem, &key),
        Err(PkiError::Key(KeyError::ReadableByOthers { .. }))
    ));
}
