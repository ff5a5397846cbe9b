//! Random calls against a model of a few lines: whatever is called, an account has at most one identity, which both
//! sides wanted, and nobody leaves one that is frozen or cancelled.

use super::binding::{ethereum, sign_ethereum};
use super::*;
use crate::identities::message::{account_message, release_message};
use rand::{RngExt, SeedableRng, rngs::StdRng};

const ACCOUNTS: usize = 4;
const IDENTITIES: usize = 3;
const STEPS: usize = 400;

/// What the rules say.
struct Model {
    holders: [Option<usize>; ACCOUNTS],
    statuses: [Status; IDENTITIES],
    nonces: [u64; IDENTITIES],
}

fn id(identity: usize) -> B256 {
    B256::repeat_byte(u8::try_from(identity).unwrap() + 0x30)
}

fn account(index: usize) -> (secp256k1::SecretKey, Address) {
    ethereum(u8::try_from(index).unwrap() + 1)
}

/// One call, as chance has it.
struct Step {
    identity: usize,
    account: usize,
    /// Who signs for the account: mostly itself.
    signer: usize,
    caller: Address,
    nonce: u64,
    now: u64,
}

impl Step {
    fn draw(chance: &mut StdRng, model: &Model, now: u64) -> Self {
        let identity = chance.random_range(0..IDENTITIES);
        let index = chance.random_range(0..ACCOUNTS);
        let other = chance.random_range(0..ACCOUNTS);
        let callers = [
            OWNER,
            OWNER,
            OWNER,
            account(index).1,
            account(other).1,
            GOVERNANCE,
            STRANGER,
        ];
        Self {
            identity,
            account: index,
            signer: if chance.random_range(0..8) == 0 {
                other
            } else {
                index
            },
            caller: callers[chance.random_range(0..callers.len())],
            nonce: model.nonces[identity].saturating_sub(u64::from(chance.random_range(0..8_u8) == 0)),
            now,
        }
    }

    fn text(&self) -> String {
        format!("eip155:{LEDGER}:{}", account(self.account).1)
    }

    fn binding(&self) -> Binding {
        Binding {
            id: id(self.identity),
            account: self.text(),
            ledger: LEDGER,
            nonce: self.nonce,
            issuedAt: self.now,
            expiresAt: self.now + 60,
        }
    }

    fn proof(&self, message: &str) -> AccountProof {
        AccountProof {
            keyType: KeyType::Secp256k1,
            key: Bytes::new(),
            signature: sign_ethereum(&account(self.signer).0, message).into(),
        }
    }

    fn proves(&self, model: &Model) -> bool {
        model.statuses[self.identity] == Status::Active
            && self.nonce == model.nonces[self.identity]
            && self.signer == self.account
    }

    fn bind(&self, host: &mut MemoryHost, model: &mut Model) -> (bool, bool) {
        let binding = self.binding();
        let call = abi::bindCall {
            accountProof: self.proof(&account_message(&binding).unwrap()),
            identityProof: IdentityProof {
                fragment: String::new(),
                signature: Bytes::new(),
            },
            binding,
        };
        let right = self.proves(model) && model.holders[self.account].is_none() && self.caller == OWNER;
        if right {
            model.holders[self.account] = Some(self.identity);
            model.nonces[self.identity] += 1;
        }
        (right, ask(host, self.caller, &call).is_ok())
    }

    fn release(&self, host: &mut MemoryHost, model: &mut Model) -> (bool, bool) {
        let binding = self.binding();
        let call = abi::releaseCall {
            accountProof: self.proof(&release_message(&binding).unwrap()),
            binding,
        };
        let right = self.proves(model) && model.holders[self.account] == Some(self.identity);
        if right {
            model.holders[self.account] = None;
            model.nonces[self.identity] += 1;
        }
        (right, ask(host, self.caller, &call).is_ok())
    }

    fn unbind(&self, host: &mut MemoryHost, model: &mut Model) -> (bool, bool) {
        let own = [OWNER, account(self.account).1].contains(&self.caller);
        let right = model.holders[self.account].is_some_and(|identity| {
            self.caller == GOVERNANCE || (own && model.statuses[identity] == Status::Active)
        });
        if right {
            model.holders[self.account] = None;
        }
        (
            right,
            ask(host, self.caller, &abi::unbindCall { account: self.text() }).is_ok(),
        )
    }

    fn set_status(&self, host: &mut MemoryHost, model: &mut Model, status: Status) -> (bool, bool) {
        let (id, reason) = (id(self.identity), String::new());
        let data = match status {
            Status::Frozen => abi::freezeCall { id, reason }.abi_encode(),
            Status::Active => abi::unfreezeCall { id, reason }.abi_encode(),
            _ => abi::cancelCall { id, reason }.abi_encode(),
        };
        let before = model.statuses[self.identity];
        let right = self.caller == GOVERNANCE && before != status && before != Status::Cancelled;
        if right {
            model.statuses[self.identity] = status;
        }
        (right, host.call(self.caller, ADDRESS, &data).is_ok())
    }
}

fn check(host: &mut MemoryHost, model: &Model) {
    for (index, holder) in model.holders.iter().enumerate() {
        let (_, address) = account(index);
        let expected = holder.map_or(B256::ZERO, id);
        assert_eq!(identity_of(host, address).unwrap(), expected);
        let usable = holder.is_none_or(|holder| model.statuses[holder] == Status::Active);
        assert_eq!(is_usable(host, address).unwrap(), usable);
    }
    for identity in 0..IDENTITIES {
        let found = document(host, id(identity), None).unwrap();
        assert_eq!(found.status, model.statuses[identity]);
        let held = model
            .holders
            .iter()
            .filter(|holder| **holder == Some(identity))
            .count();
        assert_eq!(found.accounts.len(), held);
    }
}

#[test]
fn no_sequence_of_calls_breaks_the_rules() {
    for seed in 0..8 {
        let mut chance = StdRng::seed_from_u64(seed);
        let (mut host, organisation) = ledger();
        for identity in 0..IDENTITIES {
            create(&mut host, plain(id(identity), organisation)).unwrap();
        }
        let mut model = Model {
            holders: [None; ACCOUNTS],
            statuses: [Status::Active; IDENTITIES],
            nonces: [0; IDENTITIES],
        };
        for step in 0..STEPS {
            later(&mut host, 1);
            let drawn = Step::draw(&mut chance, &model, host.block.timestamp);
            let (expected, happened) = match chance.random_range(0..40) {
                0..=17 => drawn.bind(&mut host, &mut model),
                18..=25 => drawn.release(&mut host, &mut model),
                26..=32 => drawn.unbind(&mut host, &mut model),
                33..=35 => drawn.set_status(&mut host, &mut model, Status::Frozen),
                36..=38 => drawn.set_status(&mut host, &mut model, Status::Active),
                // Rarely, so that there is something left to do.
                _ if step % 7 == 0 => drawn.set_status(&mut host, &mut model, Status::Cancelled),
                _ => continue,
            };
            assert_eq!(expected, happened, "seed {seed}, step {step}");
            check(&mut host, &model);
        }
    }
}
