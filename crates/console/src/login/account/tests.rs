//! Accounts as people write them, and signatures of wallets.

use super::*;

#[test]
fn accounts_are_read_strictly() {
    let address: Address = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8".parse().unwrap();
    for text in [
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "0x70997970C51812DC3A010C7D01B50E0D17DC79C8",
    ] {
        assert_eq!(parse_account(text, Some(7)).unwrap(), (address, 7), "{text}");
    }
    let caip = "eip155:1337:0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    assert_eq!(parse_account(caip, None).unwrap(), (address, 1337));
    for text in [
        "",
        "70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79c8",
        "0x70997970c51812dc3a010c7d01b50e0d17dc79",
        "0x70997970c51812dc3a010c7d01b50e0d17dc79c8\n",
        "solana:1:0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "eip155:x:0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "eip155:1:0x70997970c51812dc3a010c7d01b50e0d17dc79c8:1",
    ] {
        assert!(parse_account(text, None).is_err(), "{text}");
    }
}

/// "Some data" as the documentation of web3.js signs it (`accounts.sign`, the key of 0x2c75…5c23).
#[test]
fn a_signature_of_a_wallet_names_its_account() {
    let signature = "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c";
    let account: Address = "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23".parse().unwrap();
    assert_eq!(recover(b"Some data", signature), Some(account));
    assert_ne!(recover(b"Some date", signature), Some(account));
    for bad in [
        "",
        "0x",
        &signature[..130],
        &format!("{signature}00"),
        &signature.replace("291c", "2905"),
    ] {
        assert_eq!(recover(b"Some data", bad), None, "{bad}");
    }
}
