//! Records sealed and opened as offices do it, and everything that must not open.

use super::*;
use alloy_primitives::{b256, bytes, hex};
use std::os::unix::fs::PermissionsExt as _;

const IDENTITY: B256 = b256!("9c1ea1d2e4be5f3c8850240b48cf4b5b07aabe53c0f6da835c34e458c0455104");
const TEXT: &[u8] = b"Ada Example, born 1 January 1990";

fn offices() -> Vec<OfficeKey> {
    let key = |byte| OfficeKey::new(&B256::repeat_byte(byte)).unwrap();
    vec![key(1), key(2), key(3)]
}

fn sealed(offices: &[OfficeKey]) -> Sealed {
    let keys: Vec<B256> = offices.iter().map(|office| office.public).collect();
    seal_record(IDENTITY, TEXT, 2, &keys).unwrap()
}

/// The shares of two offices, one of which hands its share to the other.
fn together(offices: &[OfficeKey], sealed: &Sealed, requesting: usize, approving: usize) -> Vec<Share> {
    let kept = Purpose::Office { identity: IDENTITY };
    let handing = Purpose::Opening {
        identity: IDENTITY,
        opening: 7,
    };
    let share = offices[approving].open(&kept, &sealed.shares[approving]).unwrap();
    let handed = seal_share(offices[requesting].public, &handing, &share).unwrap();
    vec![
        offices[requesting]
            .open(&kept, &sealed.shares[requesting])
            .unwrap(),
        offices[requesting].open(&handing, &handed).unwrap(),
    ]
}

#[test]
fn any_two_of_three_offices_open_a_record_and_none_alone() {
    let offices = offices();
    let sealed = sealed(&offices);
    assert_eq!(sealed.ciphertext.len(), 12 + TEXT.len() + 16);
    for (requesting, approving) in [(0, 1), (1, 0), (0, 2), (2, 1)] {
        let shares = together(&offices, &sealed, requesting, approving);
        assert_eq!(*open_record(IDENTITY, &shares, &sealed.ciphertext).unwrap(), TEXT);
        for share in &shares {
            let alone = open_record(IDENTITY, std::slice::from_ref(share), &sealed.ciphertext);
            assert!(matches!(alone, Err(SealingError::RecordNotOpened)));
        }
    }
}

#[test]
fn every_altered_byte_is_seen() {
    let offices = offices();
    let sealed = sealed(&offices);
    let shares = together(&offices, &sealed, 0, 1);
    for index in 0..sealed.ciphertext.len() {
        let mut altered = sealed.ciphertext.to_vec();
        altered[index] ^= 1;
        assert!(open_record(IDENTITY, &shares, &altered).is_err(), "byte {index}");
    }
    let kept = Purpose::Office { identity: IDENTITY };
    assert_eq!(sealed.shares[0].len(), 81);
    for index in 0..81 {
        let mut altered = sealed.shares[0].to_vec();
        altered[index] ^= 1;
        // X25519 ignores the highest bit of a public key (RFC 7748, 5), but HPKE takes the bytes into its context.
        assert!(offices[0].open(&kept, &altered).is_err(), "byte {index}");
    }
    for length in [0, 12, 27] {
        assert!(open_record(IDENTITY, &shares, &sealed.ciphertext[..length]).is_err());
        assert!(offices[0].open(&kept, &sealed.shares[0][..length]).is_err());
    }
    let mut wrong = shares;
    wrong[1].y[5] ^= 1;
    assert!(matches!(
        open_record(IDENTITY, &wrong, &sealed.ciphertext),
        Err(SealingError::RecordNotOpened)
    ));
}

#[test]
fn shares_are_for_one_office_one_identity_and_one_case() {
    let offices = offices();
    let sealed = sealed(&offices);
    let kept = Purpose::Office { identity: IDENTITY };
    assert!(offices[1].open(&kept, &sealed.shares[0]).is_err());
    let of_another = Purpose::Office { identity: B256::ZERO };
    assert!(offices[0].open(&of_another, &sealed.shares[0]).is_err());
    let share = offices[0].open(&kept, &sealed.shares[0]).unwrap();
    let case = |opening| Purpose::Opening {
        identity: IDENTITY,
        opening,
    };
    let handed = seal_share(offices[1].public, &case(7), &share).unwrap();
    assert!(offices[1].open(&case(7), &handed).is_ok());
    assert!(offices[1].open(&case(8), &handed).is_err());
    assert!(offices[1].open(&kept, &handed).is_err());
    let shares = together(&offices, &sealed, 0, 1);
    assert!(open_record(B256::ZERO, &shares, &sealed.ciphertext).is_err());
}

/// Made by another program, from the primitives of Node.js: HPKE, shares and record are the documented ones.
#[test]
fn what_another_program_sealed_is_opened() {
    let office = OfficeKey::new(&b256!(
        "790c0461c6ad0a75b838746e47e2e9949f9bf9b2ee1c5e27423ce5bde3b3e9ec"
    ));
    let office = office.unwrap();
    assert_eq!(
        office.public,
        b256!("6c00e77854f201402d12e528050700feccb2386fab17914b0041506e74e2d50b")
    );
    let kept = hex!(
        "1abd837630950772b6f7f80b9abd251af1683121f34a106846ee7f986c04e81b"
        "d0c5c537e5a1c2d8fdd2b3a86beb8077be12697ba4863ce8d6d6608fd0a042b8829fd279b05e9073892c97264f9c5448e6"
    );
    let handed = hex!(
        "77fa7faf1b2c9f864717f66268dc7d5abda346a052e4a4f77715730c7aaaca1d"
        "f7d8a20f517f2f7c7b1b37854c2c5499cabc0dff190c2fa71bcf55866f52448dafc375bf11ac325d74e6d972c53f93e3b6"
    );
    let record = bytes!(
        "78377b525757b494427f8901dac789c770661dec72b4c3caa5f656ed25878595eee0793e10af1f86347a0846ffbf5c96c19551fe8f5c6735096a8087"
    );
    let opening = Purpose::Opening {
        identity: IDENTITY,
        opening: 7,
    };
    let shares = [
        office
            .open(&Purpose::Office { identity: IDENTITY }, &kept)
            .unwrap(),
        office.open(&opening, &handed).unwrap(),
    ];
    assert_eq!(shares.clone().map(|share| share.x), [1, 2]);
    assert_eq!(*open_record(IDENTITY, &shares, &record).unwrap(), TEXT);
}

#[test]
fn a_key_file_that_is_none_is_refused_by_its_name() {
    let folder = std::env::temp_dir().join(format!("civitas-office-key-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("office.key");
    let write = |content: &str, mode: u32| {
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let good = format!("{}\n", B256::repeat_byte(1));
    // The last one would be a key, if others could not read it.
    for (content, mode) in [("", 0o600), ("0x12", 0o600), ("not a key", 0o600), (&good, 0o644)] {
        write(content, mode);
        let refused = format!("{:#}", anyhow::Error::from(OfficeKey::load(&path).err().unwrap()));
        assert!(refused.contains("office.key"), "{refused}");
    }
    write(&good, 0o600);
    assert_eq!(OfficeKey::load(&path).unwrap().public, offices()[0].public);
    std::fs::remove_dir_all(&folder).unwrap();
}
