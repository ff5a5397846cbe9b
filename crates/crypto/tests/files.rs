//! Keys and authorities through the file system, and OpenSSL's opinion of them.

#![expect(clippy::unwrap_used, reason = "a fixture that fails is a failed test")]

use civitas_crypto::{
    BookError, KeyError, NodeKeyPair, PkiError,
    pki::{
        AuthorityFolder, AuthorityRequest, AuthoritySettings, CertificateAuthority, LeafRequest, NodeRequest,
        RevocationReason, Revocations, Status, Validity,
    },
};
use commonware_cryptography::{Signer as _, Verifier as _};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
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

const LIFE: Duration = Duration::from_secs(90);

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn office(folder: &Path) -> AuthorityFolder {
    let request = AuthorityRequest {
        name: "authority".to_owned(),
        organisation: "city".to_owned(),
        validity: Validity::from_now(now(), 100).unwrap(),
    };
    let settings = AuthoritySettings {
        certificate_life: LIFE,
        list_life: LIFE,
    };
    AuthorityFolder::create(folder, &request, settings, now()).unwrap()
}

fn ask(seed: u8, name: &str) -> NodeRequest {
    let key = NodeKeyPair::from_seed(&[seed; 32]).unwrap();
    NodeRequest::from_pem(&NodeRequest::create(&key, name, "city", &[]).unwrap()).unwrap()
}

#[test]
fn an_authority_keeps_its_book() {
    let folder = Folder::new("office");
    let home = folder.file("authority");
    let mut office = office(&home);
    assert_eq!(mode(&home.join("authority.key")), 0o600);
    let first = office.issue(&ask(1, "node0"), LIFE, now()).unwrap();
    // Another key in the same name, while the first certificate is valid.
    let taken = office.issue(&ask(2, "node0"), LIFE, now()).unwrap_err();
    assert!(
        matches!(taken, PkiError::Book(BookError::NameTaken { .. })),
        "{taken}"
    );
    drop(office);
    // Everything is still there after a restart.
    let mut office = AuthorityFolder::open(&home).unwrap();
    assert_eq!(office.issued().len(), 1);
    assert_eq!(office.issued()[0].serial, first.serial);
    let soon = now() + LIFE * 2 / 3;
    let second = office.renew(&ask(1, "node0"), soon).unwrap();
    assert_eq!(second.validity.not_after(), soon + LIFE);
    let refused = |office: &mut AuthorityFolder, seed, name: &str, at| {
        let refusal = office.renew(&ask(seed, name), at).unwrap_err();
        matches!(
            refusal,
            PkiError::Book(BookError::NotRenewable { .. }) | PkiError::RequestRefused { .. }
        )
    };
    // A stranger, another name, and a certificate that is over.
    assert!(refused(&mut office, 3, "node3", soon));
    assert!(refused(&mut office, 1, "node1", soon));
    assert!(refused(&mut office, 1, "node0", soon + LIFE + LIFE));
    assert_eq!(AuthorityFolder::read_issued(&home).unwrap().len(), 2);
    assert!(AuthorityFolder::open(&folder.file("none")).is_err());
    fs::write(home.join("issued.json"), "{").unwrap();
    drop(office);
    let damaged = AuthorityFolder::open(&home).unwrap_err();
    assert!(
        matches!(damaged, PkiError::Book(BookError::Malformed { .. })),
        "{damaged}"
    );
}

#[test]
fn revocation_reaches_the_list_and_ends_renewal() {
    let folder = Folder::new("revoke");
    let home = folder.file("authority");
    let mut office = office(&home);
    let list = || {
        let pem = fs::read_to_string(home.join("crl.pem")).unwrap();
        let lists = Revocations::from_pem(&pem).unwrap();
        let list = lists.lists().next().unwrap();
        (list.number.clone(), list.serials.clone())
    };
    let (empty, none) = list();
    assert_eq!(none, [""; 0]);
    let issued = office.issue(&ask(1, "node0"), LIFE, now()).unwrap();
    let entry = office
        .revoke(&issued.serial, RevocationReason::KeyCompromise, now())
        .unwrap();
    assert_eq!(entry.status(now()), Status::Revoked);
    let (number, serials) = list();
    assert!(number > empty);
    assert_eq!(serials, [issued.serial.as_str()]);
    let again = office.revoke(&issued.serial, RevocationReason::Unspecified, now());
    assert!(matches!(
        again,
        Err(PkiError::Book(BookError::RevokedAlready { .. }))
    ));
    let unknown = office.revoke("00ff", RevocationReason::Unspecified, now());
    assert!(matches!(unknown, Err(PkiError::Book(BookError::Unknown { .. }))));
    let renewal = office.renew(&ask(1, "node0"), now());
    assert!(matches!(
        renewal,
        Err(PkiError::Book(BookError::NotRenewable { .. }))
    ));
    // The name is free for a new key.
    office.issue(&ask(2, "node0"), LIFE, now()).unwrap();
    // A list that is fresh stays; one that is nearly due is replaced, and still says what was revoked.
    office.fresh_list(now() + LIFE / 2).unwrap();
    assert_eq!(list().0, number);
    office.fresh_list(now() + LIFE * 3 / 4).unwrap();
    assert!(list().0 > number);
    assert_eq!(list().1, [issued.serial.as_str()]);
    let pem = home.join("crl.pem");
    if let Some(text) = openssl(&["crl", "-in", pem.to_str().unwrap(), "-noout", "-text"]) {
        assert!(text.to_lowercase().contains(&issued.serial), "{text}");
        assert!(text.contains("Key Compromise"), "{text}");
    }
    let authority = home.join("authority.pem");
    let (pem, authority) = (pem.to_str().unwrap(), authority.to_str().unwrap());
    openssl(&["crl", "-in", pem, "-noout", "-verify", "-CAfile", authority]);
}

#[test]
fn openssl_reads_our_requests_and_we_read_its() {
    let folder = Folder::new("requests");
    let (key, theirs) = (folder.file("node.key"), folder.file("theirs.csr"));
    NodeKeyPair::generate().unwrap().save(&key).unwrap();
    let (key, theirs) = (key.to_str().unwrap(), theirs.to_str().unwrap());
    let subject = [
        "-subj",
        "/O=city/CN=node0",
        "-addext",
        "subjectAltName=DNS:node0.example",
    ];
    let made = openssl(&[&["req", "-new", "-key", key, "-out", theirs], &subject[..]].concat());
    if made.is_none() {
        return;
    }
    let read = NodeRequest::from_pem(&fs::read_to_string(theirs).unwrap()).unwrap();
    assert_eq!(
        (read.name.as_str(), read.organisation.as_str()),
        ("node0", "city")
    );
    assert_eq!(read.alternative_names, ["node0.example"]);
    let ours = folder.file("ours.csr");
    let pair = NodeKeyPair::load(Path::new(key)).unwrap();
    fs::write(&ours, NodeRequest::create(&pair, "node0", "city", &[]).unwrap()).unwrap();
    openssl(&["req", "-in", ours.to_str().unwrap(), "-noout", "-verify"]);
}
