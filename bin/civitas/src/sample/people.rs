//! Who acts in the sample city: the well-known accounts `dev0` to `dev9` in their offices, and eight more accounts of the
//! same mnemonic as citizens and companies.

use crate::account::{self, Account};
use alloy_primitives::{Address, B256, b256, keccak256};

/// Keys of the accounts 10 to 17 of the mnemonic `test test test test test test test test test test test junk`.
const KEYS: [B256; 8] = [
    b256!("f214f2b2cd398c806f84e317254e0f0b801d0643303237d97a22a48e01628897"),
    b256!("701b615bbdfb9de65240bc28bd21bbc0d996645a3dd57e7b12bc2bdf6f192c82"),
    b256!("a267530f49f8280200edf313ee7af6b827f2a8bce2897751d06a843f644967b1"),
    b256!("47c99abed3324a2707c28affff1267e45918ec8c3f20b8aa892e8b065d2942dd"),
    b256!("c526ee95bf44d8fc405a158bb884d9d1238d99f0612e9f33d006bb0789009aaa"),
    b256!("8166f546bab6da521a8369cab06c5d2b9e46670292d85c875ee9ec20e84ffb61"),
    b256!("ea6c44ac03bff858b476bba40716402b03e41b8e97e276d1baec7c37d42484a0"),
    b256!("689af8efa8c651a91ad287602527f3af2fe9f6501a7ac4b061667b5a93e037fd"),
];
/// How many accounts the development city itself has.
const DEVELOPMENT: usize = crate::init::DEVELOPMENT_ACCOUNTS.len();

/// One of the accounts of the mnemonic, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person(usize);

impl Person {
    /// Represents the City Governance Office, administers roles.
    pub const GOVERNANCE: Self = Self(0);
    /// Represents Harbour Business, operates its chains.
    pub const BUSINESS: Self = Self(2);
    /// Represents Ledger Systems.
    pub const PROVIDER: Self = Self(3);
    /// Regulates the city.
    pub const REGULATOR: Self = Self(4);
    /// Holds emergency powers.
    pub const EMERGENCY: Self = Self(5);
    /// Issues identities.
    pub const ISSUER: Self = Self(6);
    /// Reviews chains; acts for the office Registry.
    pub const REVIEWER: Self = Self(7);
    /// Acts for the office Court.
    pub const COURT: Self = Self(8);
    /// Acts for the office Ombudsman.
    pub const OMBUDSMAN: Self = Self(9);
    /// Citizens with an identity; the last one will be frozen.
    pub const CITIZENS: [Self; 4] = [Self(10), Self(11), Self(12), Self(13)];
    /// Writes contracts.
    pub const DEVELOPER: Self = Self(14);
    /// Issues the harbour's tokens.
    pub const TREASURY: Self = Self(15);
    /// Issues deeds.
    pub const REGISTRAR: Self = Self(16);
    /// Sells passes for the trams.
    pub const TRAMS: Self = Self(17);
    /// Those whom the development city does not fund.
    pub const NEWCOMERS: [Self; 8] = [
        Self::CITIZENS[0],
        Self::CITIZENS[1],
        Self::CITIZENS[2],
        Self::CITIZENS[3],
        Self::DEVELOPER,
        Self::TREASURY,
        Self::REGISTRAR,
        Self::TRAMS,
    ];

    /// The account with its key.
    ///
    /// # Errors
    /// The library refuses the key.
    pub fn account(self) -> anyhow::Result<Account> {
        match self.0.checked_sub(DEVELOPMENT) {
            None => account::from_argument(&format!("dev{}", self.0)),
            Some(index) => Account::from_key(&KEYS[index % KEYS.len()]),
        }
    }

    /// Its address.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub fn address(self) -> anyhow::Result<Address> {
        Ok(self.account()?.address)
    }

    /// Its address as a subject of roles and a party of identities.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub fn word(self) -> anyhow::Result<B256> {
        Ok(self.address()?.into_word())
    }

    /// The id of its identity. In a real city it is random; here everybody knows it anyway.
    pub fn identity(self) -> B256 {
        keccak256(format!("identity of account {} of the sample city", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    #[test]
    fn accounts_are_those_of_the_mnemonic() {
        assert_eq!(
            Person::CITIZENS[0].address().unwrap(),
            address!("Bcd4042DE499D14e55001CcbB24a551F3b954096")
        );
        assert_eq!(
            Person::TRAMS.address().unwrap(),
            address!("bDA5747bFD65F08deb54cb465eB87D40e51B197E")
        );
        assert_eq!(
            Person::GOVERNANCE.address().unwrap(),
            crate::init::DEVELOPMENT_ACCOUNTS[0]
        );
    }
}
