// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

interface IdentitiesOfCity {
    function identityOf(address account) external view returns (bytes32);
}

interface RolesOfCity {
    struct Scope {
        uint8 kind;
        bytes32 value;
    }

    function holds(address account, bytes32 role, Scope calldata scope) external view returns (bool);
}

/// A contract on a partition ledger that asks the city's registries, which the main ledger keeps.
contract PartitionProbe {
    address internal constant IDENTITIES = 0x00000000000000000000000000000000C17A0004;
    address internal constant ROLES = 0x00000000000000000000000000000000c17a0003;
    address internal constant BEACON_ROOTS = 0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02;

    mapping(address account => bytes32 identity) public known;
    uint256 public visits;

    /// Remembers the caller's identity on the main ledger.
    function enter() external {
        known[msg.sender] = IdentitiesOfCity(IDENTITIES).identityOf(msg.sender);
        visits += 1;
    }

    /// Whether an account holds a role in the whole city.
    function has(address account, bytes32 role) external view returns (bool) {
        return RolesOfCity(ROLES).holds(account, role, RolesOfCity.Scope(0, 0));
    }

    /// Tries to change something in the city; gives back what the system contract answers.
    function meddle(address target, bytes calldata data) external returns (bool, bytes memory) {
        return target.call(data);
    }

    /// The main ledger's block that this ledger followed at a time.
    function mainBlockAt(uint256 timestamp) external view returns (bytes32 found) {
        (bool ok, bytes memory answer) = BEACON_ROOTS.staticcall(abi.encode(timestamp));
        require(ok, "not known");
        found = abi.decode(answer, (bytes32));
    }
}
