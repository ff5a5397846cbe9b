//! How many ledgers a node runs and orders, and what that forbids.

use super::*;
use crate::interfaces::INodes;

/// Gas of one transaction (EIP-7825).
const TRANSACTION_GAS_MAX: u64 = 1 << 24;

fn key(byte: u8) -> B256 {
    B256::repeat_byte(byte)
}

fn numbered(number: u64, members: Vec<Member>) -> abi::createCall {
    abi::createCall {
        name: format!("ledger-{number}"),
        chainId: 1_000 + number,
        members,
        ..creation()
    }
}

fn member(byte: u8, role: Role) -> Member {
    Member { key: key(byte), role }
}

fn duties(host: &mut MemoryHost, byte: u8) -> (u64, u64) {
    let runs = run_by(host, key(byte)).unwrap();
    (runs, ordered_by(host, key(byte)).unwrap())
}

#[test]
fn a_node_runs_so_many_ledgers_and_no_more() {
    let mut host = city();
    let max = u64::try_from(LEDGERS_PER_NODE_MAX).unwrap();
    for number in 0..max {
        // Node 1 orders half of them and follows the others; a solo ledger counts like all.
        let mut request = numbered(number, vec![member(2 + u8::from(number > 7), Role::Validator)]);
        request.members.push(member(1, Role::Standby));
        match number % 4 {
            0 => request.members[1].role = Role::Validator,
            1 => request.members[1].role = Role::Observer,
            2 => {
                request.members = validators(&[1]);
                request.parameters.ordering = Engine::Solo;
            }
            _ => {}
        }
        govern(&mut host, &request).unwrap();
    }
    assert_eq!(duties(&mut host, 1), (max, 8));
    let too_many = abi::TooManyLedgers { key: key(1), max };
    for role in [Role::Validator, Role::Observer, Role::Standby] {
        let request = numbered(max, vec![member(4, Role::Validator), member(1, role)]);
        refused(govern(&mut host, &request), too_many.clone());
    }
    // Nothing is left of what was refused, and who runs nothing is not counted.
    assert_eq!(duties(&mut host, 4), (0, 0));
    let light = numbered(max, vec![member(4, Role::Validator), member(1, Role::Light)]);
    govern(&mut host, &light).unwrap();
    assert_eq!(duties(&mut host, 1), (max, 8));
    assert_eq!(duties(&mut host, 4), (1, 1));
    let mut promote = abi::changeMembersCall {
        name: light.name,
        members: vec![member(4, Role::Validator), member(1, Role::Observer)],
    };
    refused(govern(&mut host, &promote), too_many);
    // What it runs anyway can change.
    let other = abi::changeMembersCall {
        name: "ledger-0".to_owned(),
        members: vec![member(2, Role::Validator), member(1, Role::Observer)],
    };
    govern(&mut host, &other).unwrap();
    assert_eq!(duties(&mut host, 1), (max, 7));
    // A ledger that has ended makes room, a frozen one does not.
    let frozen = abi::freezeCall {
        name: "ledger-2".to_owned(),
        reason: String::new(),
    };
    govern(&mut host, &frozen).unwrap();
    assert_eq!(duties(&mut host, 1), (max, 7));
    let closed = abi::closeCall {
        name: "ledger-2".to_owned(),
        reason: String::new(),
    };
    govern(&mut host, &closed).unwrap();
    assert_eq!(duties(&mut host, 1), (max - 1, 6));
    govern(&mut host, &promote).unwrap();
    promote.members.pop();
    govern(&mut host, &promote).unwrap();
    assert_eq!(duties(&mut host, 1), (max - 1, 6));
}

/// Exclusion is for ever: who orders a ledger is suspended, or replaced there first.
#[test]
fn who_orders_a_ledger_is_not_excluded() {
    let mut host = city();
    govern(&mut host, &creation()).unwrap();
    let nodes = |host: &mut MemoryHost, call: &[u8]| host.call(GOVERNANCE, crate::address::NODES, call);
    let (one, two) = (key(1), key(2));
    let orders = INodes::OrdersLedgers { key: one, count: 1 };
    for call in [
        INodes::revokeValidatorCall { key: one }.abi_encode(),
        INodes::retireCall { key: one }.abi_encode(),
    ] {
        refused(nodes(&mut host, &call), orders.clone());
    }
    // Suspension is free, and what is suspended is not excluded either.
    nodes(&mut host, &INodes::suspendValidatorCall { key: one }.abi_encode()).unwrap();
    let revoke = INodes::revokeCall { key: one }.abi_encode();
    refused(nodes(&mut host, &revoke), orders);
    govern(&mut host, &change(validators(&[2, 3, 4]))).unwrap();
    nodes(&mut host, &revoke).unwrap();
    let revoke = INodes::revokeValidatorCall { key: two }.abi_encode();
    assert!(nodes(&mut host, &revoke).is_err());
    govern(&mut host, &close()).unwrap();
    nodes(&mut host, &revoke).unwrap();
    assert_eq!(duties(&mut host, 2), (0, 0));
}

/// The largest ledger is created, and all its observers are replaced, by one transaction each.
#[test]
fn the_largest_change_fits_into_a_transaction() {
    let mut host = city();
    let numbered_key = |number: u64| B256::left_padding_from(&number.to_be_bytes());
    for number in 0..256_u64 {
        let node = nodes::GenesisNode {
            key: numbered_key(number + 1),
            organisation: organisations::id_of("one"),
            name: &format!("other-{number}"),
            endpoint: "",
            beneficiary: Address::ZERO,
            role: nodes::Role::Standby,
        };
        nodes::genesis_node(&mut host, &node).unwrap();
    }
    let members = |from: u64, role: Role| -> Vec<Member> {
        let member = |number: u64| Member {
            key: numbered_key(number + 1),
            role,
        };
        (from..from + 127).map(member).collect()
    };
    let gas = |host: &mut MemoryHost, mut members: Vec<Member>, name: &str| {
        members.push(member(1, Role::Validator));
        let mut request = creation();
        name.clone_into(&mut request.name);
        request.chainId = 2_000 + u64::try_from(name.len()).unwrap();
        request.members = members;
        host.gas_used = 0;
        govern(host, &request).unwrap();
        host.gas_used
    };
    let validators = gas(&mut host, members(0, Role::Validator), "all-order");
    let observers = gas(&mut host, members(0, Role::Observer), "all-observe");
    host.gas_used = 0;
    let mut replaced = abi::changeMembersCall {
        name: "all-observe".to_owned(),
        members: members(127, Role::Observer),
    };
    replaced.members.push(member(1, Role::Validator));
    govern(&mut host, &replaced).unwrap();
    // A quarter is left for the proposal around the call.
    for gas in [validators, observers, host.gas_used] {
        assert!(gas < TRANSACTION_GAS_MAX / 4 * 3, "{gas}");
    }
}
