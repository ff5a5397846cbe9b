//! The whole table: every function on a node in every state.

use super::*;

/// What a function gives: the node afterwards, or a refusal because of its status or its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Is(Status, Role),
    WrongStatus,
    WrongRole,
}

use Outcome::{Is, WrongRole as R, WrongStatus as S};

const SEED: u16 = 5;

/// The functions, in the order of the columns.
fn act(host: &mut MemoryHost, column: usize) -> Result<(), Fault> {
    let key = key(SEED);
    let result = match column {
        0 => govern(host, &admit(SEED)),
        1 => govern(host, &abi::suspendCall { key }),
        2 => govern(host, &abi::reactivateCall { key }),
        3 => govern(host, &abi::revokeCall { key }),
        4 => govern(host, &role_of(SEED, Role::Standby)),
        5 => govern(host, &role_of(SEED, Role::Validator)),
        6 => govern(host, &abi::suspendValidatorCall { key }),
        7 => govern(host, &abi::revokeValidatorCall { key }),
        8 => govern(host, &abi::retireCall { key }),
        _ => return emergency(host, SEED),
    };
    result.map(|_| ())
}

fn outcome(host: &mut MemoryHost, column: usize) -> Outcome {
    let before = host.storage.clone();
    match act(host, column) {
        Ok(()) => {
            let node = get(host, key(SEED)).unwrap();
            Is(node.status, node.role)
        }
        Err(Fault::Refused(bytes)) => {
            assert_eq!(host.storage, before, "a refusal leaves nothing behind");
            let node = get(host, key(SEED)).unwrap();
            if let Ok(error) = abi::WrongRole::abi_decode(&bytes) {
                assert_eq!(error.role, node.role);
                return R;
            }
            assert_eq!(abi::WrongStatus::abi_decode(&bytes).unwrap().key, key(SEED));
            S
        }
        Err(fault) => panic!("{fault}"),
    }
}

#[test]
fn every_function_in_every_state() {
    type Arrive = fn(&mut MemoryHost);
    let pending: Arrive = |host| done(host, &application(SEED));
    let observing: Arrive = |host| observer(host, SEED);
    let suspended: Arrive = |host| {
        observer(host, SEED);
        done(host, &abi::suspendCall { key: key(SEED) });
    };
    let validating: Arrive = |host| candidate(host, SEED);
    let observing_emergency: Arrive = |host| {
        observer(host, SEED);
        emergency(host, SEED).unwrap();
    };
    let validating_emergency: Arrive = |host| {
        candidate(host, SEED);
        emergency(host, SEED).unwrap();
    };
    let revoked: Arrive = |host| {
        observer(host, SEED);
        done(host, &abi::revokeCall { key: key(SEED) });
    };
    let observer = Is(Status::Active, Role::Observer);
    let standby = Is(Status::Active, Role::Standby);
    let validator = Is(Status::Active, Role::Validator);
    let stopped = Is(Status::Suspended, Role::Observer);
    let demoted = Is(Status::Suspended, Role::Standby);
    let halted = Is(Status::Suspended, Role::Validator);
    let out = Is(Status::Revoked, Role::None);
    // admit, suspend, reactivate, revoke, to standby, to validator, suspend and revoke a validator, retire, emergency
    let table = [
        (pending, [observer, S, S, out, S, S, R, R, out, S]),
        (
            observing,
            [S, stopped, S, out, standby, validator, R, R, out, stopped],
        ),
        (suspended, [S, S, observer, out, S, S, R, R, out, S]),
        (validating, [S, R, S, R, standby, R, demoted, out, out, halted]),
        (
            observing_emergency,
            [S, stopped, observer, out, S, S, R, R, out, S],
        ),
        (
            validating_emergency,
            [S, R, validator, R, S, S, demoted, out, out, S],
        ),
        (revoked, [S, S, S, S, S, S, R, R, S, S]),
    ];
    for (row, (arrive, expected)) in table.into_iter().enumerate() {
        for (column, expected) in expected.into_iter().enumerate() {
            let mut host = city(4);
            arrive(&mut host);
            assert_eq!(outcome(&mut host, column), expected, "row {row}, column {column}");
            let links = matches!(get(&mut host, key(SEED)).unwrap().status, Status::Active);
            assert_eq!(is_active(&mut host, key(SEED)), Ok(links));
        }
    }
}
