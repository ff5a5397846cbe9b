//! Renewal of a node's certificate by both kinds of issuers, through files as an operator has them.

use civitas_crypto::{
    CertificateRefusal, NodeKeyPair,
    pki::{
        AuthorityFolder, AuthorityRequest, AuthoritySettings, Certificate, NodeRequest, RevocationReason,
        Validity,
    },
};
use civitas_node::{
    certificates::{RenewalError, is_turn, renew},
    config::{IdentityConfig, RenewalConfig},
};
use civitas_types::NodeKey;
use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

const LIFE: Duration = Duration::from_secs(3_600);

/// A node's folder with its authority, removed at the end.
struct Home {
    folder: PathBuf,
    /// None while someone else works with its folder.
    authority: Option<AuthorityFolder>,
    paths: IdentityConfig,
}

impl Home {
    /// The certificate was issued an hour ago, for an hour and a half.
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("civitas-renewal-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let earlier = SystemTime::now() - LIFE;
        let request = AuthorityRequest {
            name: "authority".to_owned(),
            organisation: "city".to_owned(),
            validity: Validity::from_now(earlier, 10).unwrap(),
        };
        let settings = AuthoritySettings {
            certificate_life: LIFE,
            list_life: LIFE,
        };
        let mut authority =
            AuthorityFolder::create(&folder.join("authority"), &request, settings, earlier).unwrap();
        let paths = IdentityConfig {
            key: folder.join("node.key"),
            certificate: folder.join("node.pem"),
            authorities: folder.join("authorities.pem"),
            revocations: None,
            crl_required: false,
            renewal: None,
        };
        key(1).save(&paths.key).unwrap();
        fs::write(&paths.authorities, authority.authority().certificate_pem()).unwrap();
        let certificate = authority.issue(&request_of(1), LIFE * 3 / 2, earlier).unwrap();
        fs::write(&paths.certificate, certificate.to_pem()).unwrap();
        Self {
            folder,
            authority: Some(authority),
            paths,
        }
    }

    fn issue(&mut self, seed: u8, life: Duration) -> Certificate {
        let authority = self.authority.as_mut().unwrap();
        authority
            .issue(&request_of(seed), life, SystemTime::now())
            .unwrap()
    }

    /// Renews through a program that answers with this file.
    async fn renew_with(&mut self, answer: &str) -> Result<Certificate, RenewalError> {
        let file = self.folder.join("answer.pem");
        fs::write(&file, answer).unwrap();
        let words = ["cat", file.to_str().unwrap()].map(str::to_owned);
        self.paths.renewal = Some(RenewalConfig::Command(words.to_vec()));
        let before = fs::read(&self.paths.certificate).unwrap();
        let result = renew(&self.paths).await;
        let after = fs::read(&self.paths.certificate).unwrap();
        assert_eq!(before != after, result.is_ok(), "{result:?}");
        result
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn key(seed: u8) -> NodeKeyPair {
    NodeKeyPair::from_seed(&[seed; 32]).unwrap()
}

fn request_of(seed: u8) -> NodeRequest {
    let pem = NodeRequest::create(&key(seed), &format!("node{seed}"), "city", &[]).unwrap();
    NodeRequest::from_pem(&pem).unwrap()
}

#[tokio::test]
async fn the_city_s_own_authority_renews_what_is_valid() {
    let mut home = Home::new("authority");
    assert!(matches!(
        renew(&home.paths).await,
        Err(RenewalError::NotConfigured)
    ));
    let folder = home.folder.join("authority");
    home.paths.renewal = Some(RenewalConfig::Authority(folder.clone()));
    home.authority = None;
    let renewed = renew(&home.paths).await.unwrap();
    let text = fs::read_to_string(&home.paths.certificate).unwrap();
    assert_eq!(Certificate::from_pem(&text).unwrap(), renewed);
    assert_eq!(renewed.public_key, Some(key(1).public_key()));
    let mut authority = AuthorityFolder::open(&folder).unwrap();
    assert_eq!(authority.issued().len(), 2);
    authority
        .revoke(
            &renewed.serial,
            RevocationReason::KeyCompromise,
            SystemTime::now(),
        )
        .unwrap();
    drop(authority);
    let refused = renew(&home.paths).await.unwrap_err();
    assert!(matches!(refused, RenewalError::Pki(_)), "{refused:?}");
}

#[tokio::test]
async fn what_a_command_answers_is_checked_before_it_is_used() {
    let mut home = Home::new("command");
    let foreign = home.issue(2, LIFE);
    let refused = home.renew_with(&foreign.to_pem()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            RenewalError::Refused(CertificateRefusal::ForeignKey { .. })
        ),
        "{refused:?}"
    );
    let stranger = Home::new("stranger").issue(1, LIFE);
    let refused = home.renew_with(&stranger.to_pem()).await.unwrap_err();
    assert!(
        matches!(
            refused,
            RenewalError::Refused(CertificateRefusal::UnknownAuthority)
        ),
        "{refused:?}"
    );
    let short = home.issue(1, LIFE / 4);
    let refused = home.renew_with(&short.to_pem()).await.unwrap_err();
    assert!(matches!(refused, RenewalError::NotLonger), "{refused:?}");
    assert!(matches!(
        home.renew_with("nothing").await,
        Err(RenewalError::Pki(_))
    ));
    let good = home.issue(1, LIFE);
    assert_eq!(home.renew_with(&good.to_pem()).await.unwrap(), good);
    for (words, is_started) in [
        (["false"].as_slice(), true),
        (&["/nonexistent/civitas-renewal"], false),
    ] {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        home.paths.renewal = Some(RenewalConfig::Command(words));
        let refused = renew(&home.paths).await.unwrap_err();
        let is_as_expected = match refused {
            RenewalError::CommandFailed { .. } => is_started,
            RenewalError::Command { .. } => !is_started,
            _ => false,
        };
        assert!(is_as_expected, "{refused:?}");
    }
}

/// A node that is linked twice, as configured and as registered, takes one turn like all others.
#[test]
fn nodes_take_turns_and_one_that_is_named_twice_shifts_nobody() {
    let keys = [1, 2, 3, 4].map(NodeKey::repeat_byte);
    for second in 0..400 {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second);
        let turns = |twice: bool| {
            let turns = keys.iter().map(|key| {
                let mut linked: Vec<_> = keys.iter().filter(|other| *other != key).copied().collect();
                if twice && *key != keys[1] {
                    linked.push(keys[1]);
                }
                is_turn(key, linked, LIFE, now)
            });
            turns.collect::<Vec<_>>()
        };
        assert_eq!(turns(false).iter().filter(|turn| **turn).count(), 1);
        assert_eq!(turns(true), turns(false));
    }
}
