//! A key shared among several, so that some of them together restore it and fewer learn nothing (A. Shamir, "How to share
//! a secret", 1979), byte by byte over GF(256).
//!
//! Written here because the format is fixed by `IOffices.sol` (the polynomial of AES, x = 1.. in order): the well-known
//! crates have another polynomial (`sharks` and its forks x^8+x^4+x^3+x^2+1) or bring elliptic curves (`vsss-rs`).
//!
//! Invariants: no step branches on a secret or looks it up in a table; coefficients come from the operating system.

use super::sealing::SealingError;
use zeroize::Zeroizing;

/// Bytes of the key that is shared.
pub const KEY_BYTES: usize = 32;
/// x^8+x^4+x^3+x+1 without its highest term.
const REDUCTION: u8 = 0x1b;

/// A key that is overwritten when it is dropped.
pub type DataKey = Zeroizing<[u8; KEY_BYTES]>;

/// One share: a point of the polynomial of every byte.
#[derive(Clone)]
pub struct Share {
    /// Where the polynomials are evaluated; never 0, which is where the key stands.
    pub x: u8,
    /// Their values.
    pub y: DataKey,
}

/// Shares a key among `count`, of whom `threshold` restore it.
///
/// # Errors
/// [`SealingError::Threshold`], [`SealingError::NoRandomness`].
pub fn split(key: &DataKey, threshold: u8, count: u8) -> Result<Vec<Share>, SealingError> {
    if !(2..=count).contains(&threshold) {
        return Err(SealingError::Threshold { threshold, count });
    }
    let mut rows = vec![key.clone()];
    for _ in 1..threshold {
        let mut row = DataKey::default();
        aws_lc_rs::rand::fill(row.as_mut_slice()).map_err(|_| SealingError::NoRandomness)?;
        rows.push(row);
    }
    Ok((1..=count).map(|x| evaluate(&rows, x)).collect())
}

/// The share at `x`; row n holds the coefficients of x^n, one for every byte of the key.
fn evaluate(rows: &[DataKey], x: u8) -> Share {
    let mut y = DataKey::default();
    for row in rows.iter().rev() {
        for (value, coefficient) in y.iter_mut().zip(row.iter()) {
            *value = multiply(*value, x) ^ coefficient;
        }
    }
    Share { x, y }
}

/// The key behind shares (Lagrange's interpolation at 0). Of too few or wrong shares comes another key: whoever uses it
/// must authenticate what it opens.
///
/// # Errors
/// [`SealingError::SharesDiffer`] if two stand at the same place, or one at 0.
pub fn restore(shares: &[Share]) -> Result<DataKey, SealingError> {
    let mut key = DataKey::default();
    for (index, share) in shares.iter().enumerate() {
        let mut weight = 1;
        for (other_index, other) in shares.iter().enumerate() {
            if other_index != index {
                let distance = other.x ^ share.x;
                if distance == 0 || share.x == 0 {
                    return Err(SealingError::SharesDiffer { x: share.x });
                }
                weight = multiply(weight, multiply(other.x, inverse(distance)));
            }
        }
        for (byte, value) in key.iter_mut().zip(share.y.iter()) {
            *byte ^= multiply(*value, weight);
        }
    }
    Ok(key)
}

/// The product of two elements. Masks instead of branches: how long it takes tells nothing about them.
fn multiply(left: u8, right: u8) -> u8 {
    let (mut power, mut product) = (left, 0);
    for bit in 0..8 {
        product ^= power & (right >> bit & 1).wrapping_neg();
        power = (power << 1) ^ (REDUCTION & (power >> 7).wrapping_neg());
    }
    product
}

/// The inverse of an element that is not 0: its power 254.
fn inverse(element: u8) -> u8 {
    let mut power = element;
    for _ in 0..6 {
        power = multiply(multiply(power, power), element);
    }
    multiply(power, power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{B256, b256};

    #[test]
    fn multiplication_is_that_of_aes() {
        // FIPS 197, 4.2 and 4.2.1.
        assert_eq!(multiply(0x57, 0x83), 0xc1);
        assert_eq!(multiply(0x57, 0x13), 0xfe);
        for element in 1..=u8::MAX {
            assert_eq!(multiply(element, inverse(element)), 1, "{element}");
            assert_eq!(multiply(element, 0), 0);
        }
    }

    /// Made by another program: `a0 + a1 x + a2 x^2` with the rows below, by a table of logarithms to the base 3.
    #[test]
    fn shares_are_those_of_the_fixed_vector() {
        let rows = VECTOR_ROWS.map(|row| Zeroizing::new(row.0));
        for (x, expected) in (1..).zip(VECTOR_SHARES) {
            let share = evaluate(&rows, x);
            assert_eq!((share.x, *share.y), (x, expected.0));
        }
        let shares: Vec<Share> = (1..)
            .zip(VECTOR_SHARES)
            .map(|(x, y)| Share {
                x,
                y: Zeroizing::new(y.0),
            })
            .collect();
        for three in [[0, 1, 2], [4, 2, 0], [1, 3, 4]] {
            let three = three.map(|index| shares[index].clone());
            assert_eq!(*restore(&three).unwrap(), VECTOR_ROWS[0].0);
        }
        assert_ne!(*restore(&shares[..2]).unwrap(), VECTOR_ROWS[0].0);
        assert_eq!(*restore(&shares).unwrap(), VECTOR_ROWS[0].0);
    }

    #[test]
    fn every_two_of_three_restore_the_key_and_none_alone() {
        let key = Zeroizing::new([0x5a; KEY_BYTES]);
        let shares = split(&key, 2, 3).unwrap();
        for (first, second) in [(0, 1), (0, 2), (1, 2), (2, 0)] {
            let two = [shares[first].clone(), shares[second].clone()];
            assert_eq!(*restore(&two).unwrap(), *key);
        }
        for share in &shares {
            assert_ne!(*restore(std::slice::from_ref(share)).unwrap(), *key);
        }
        let twice = [shares[1].clone(), shares[1].clone()];
        assert!(matches!(
            restore(&twice),
            Err(SealingError::SharesDiffer { x: 2 })
        ));
        for (threshold, count) in [(1, 3), (4, 3), (0, 0)] {
            assert!(split(&key, threshold, count).is_err(), "{threshold} of {count}");
        }
    }

    const VECTOR_ROWS: [B256; 3] = [
        b256!("f2c70a550ee657a7f921ce951a700218c124aedf60c96c09ef5d5cb2d747dfbb"),
        b256!("24d16b31bcef400c2bc16b2f107fe50c011a45acca3e19c05a44b75ae799eccc"),
        b256!("4e7195096bc6c530c8ac8a4812ab9d8d98841d3f8011cef3965c5032458715ac"),
    ];
    const VECTOR_SHARES: [B256; 5] = [
        b256!("9867f46dd9cfd29b1a4c2ff218a47a9958baf64c2ae6bb3a2345bbda755926db"),
        b256!("99a1be13da16ee7fa23e06f07214910295365060d9f14b7335be72ce0d4448be"),
        b256!("f301402b0d3f6b434153e79770c0e9830ca808f393de9c40f9a695a6af5ab1de"),
        b256!("eeff2e0122a3a8ba612601c561c9a82086d46a84bd3a5c8d3fe1c1cc5abd0988"),
        b256!("845fd039f58a2d86824be0a2631dd0a11f4a3217f7158bbef3f926a4f8a3f0e8"),
    ];
}
