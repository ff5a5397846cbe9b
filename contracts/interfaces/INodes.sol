// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// The nodes of this ledger: which keys may link, in which role, and who orders which epoch (clauses 8.2.c, 9.1.1.i, 9.1.1.j).
///
/// A key is the Ed25519 public key (RFC 8032) that stands in the X.509 certificate of the node. What a node itself must say, it
/// signs with that key; the signed message is keccak256(abi.encode(domain, block.chainid, ...)), its 32 bytes, with the domain a `string`:
///   application  ("civitas-node-application", chainid, organisation, name, endpoint, beneficiary)
///   endpoint     ("civitas-node-endpoint", chainid, endpoint, sequence)
///   readiness    ("civitas-node-ready", chainid, height, blockHash)
interface INodes {
    /// What a node does on this ledger.
    enum Role { None, Observer, Validator, Standby, Light }
    /// Revoked is for ever.
    enum Status { None, Pending, Active, Suspended, Revoked }

    struct Node {
        bytes32 key;
        bytes32 organisation;
        string name;
        /// `host:port`, empty for a node that only dials out.
        string endpoint;
        /// Receives the priority fees of its blocks.
        address beneficiary;
        Role role;
        /// Suspended also while an emergency suspension holds.
        Status status;
        /// Whether it has proved, since it became a candidate, that it has caught up.
        bool ready;
        /// Seconds since 1970 at which its last emergency suspension ends by itself; 0 without one.
        uint64 emergencyUntil;
        /// Height of the application.
        uint64 registeredAt;
        /// Counts the changes of its endpoint; the next signature is over this number.
        uint64 sequence;
    }

    /// A member of a validator set.
    struct Member { bytes32 key; string name; address beneficiary; }
    /// The validators from an epoch on, until the next set.
    struct ValidatorSet { uint64 firstEpoch; Member[] members; }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error OrganisationNotActive(bytes32 id);
    error NodeUnknown(bytes32 key);
    error NodeExists(bytes32 key);
    error NodeNameTaken(string name, bytes32 key);
    /// The node's status forbids the function.
    error WrongStatus(bytes32 key, Status status);
    /// The node's role forbids the function; a validator has functions of its own.
    error WrongRole(bytes32 key, Role role);
    /// The signature is not one of the node's key over the documented message.
    error BadSignature(bytes32 key);
    /// The block is not one of the last 256, or has another hash.
    error BlockUnknown(uint64 height, bytes32 blockHash);
    /// With `cut` of its `members` without links the newest validator set would stop; it bears `cutMax`.
    error WouldLoseQuorum(uint64 members, uint64 cut, uint64 cutMax);
    /// The change would leave no validator that is active and has caught up.
    error NoValidatorLeft();
    /// An emergency suspension of this node can be repeated only from `from` on (seconds since 1970).
    error EmergencyUsed(bytes32 key, uint64 from);
    /// The node is a validator of `count` open partition ledgers: their members change first (ILedgers.changeMembers).
    error OrdersLedgers(bytes32 key, uint64 count);
    error EpochUnknown(uint64 epoch);

    event NodeRegistered(bytes32 indexed key, bytes32 indexed organisation, string name, string endpoint, address beneficiary);
    event NodeStatusChanged(bytes32 indexed key, Status status, address actor);
    event NodeRoleChanged(bytes32 indexed key, Role role);
    event NodeReady(bytes32 indexed key, uint64 height);
    event NodeEndpointChanged(bytes32 indexed key, string endpoint);
    event NodeNameChanged(bytes32 indexed key, string name);
    event NodeBeneficiaryChanged(bytes32 indexed key, address beneficiary);
    event NodeEmergencySuspended(bytes32 indexed key, address indexed officer, uint64 until, string reason);
    /// In the receipt of the next transaction that changes something here. Where no such transaction comes before the end of the
    /// epoch, the ledger itself settles it in the epoch's last block, after the transactions, and no receipt has this event:
    /// ask `node(key).status`, which is right at any time.
    event NodeEmergencyLapsed(bytes32 indexed key);
    /// In no receipt and found by no filter: the ledger itself writes a set in the last block of an epoch, after the transactions.
    /// Ask `validators(epoch)` and `validatorSetCount()`, or a node: `civitas_validators`.
    event ValidatorSetChanged(uint64 indexed firstEpoch, bytes32[] members, bytes32[] joined, bytes32[] left);

    /// Applies for a node of `organisation`; by a role in the organisation. `signature` (64 bytes) is the key's, over the application.
    function register(bytes32 key, bytes32 organisation, string calldata name, string calldata endpoint, address beneficiary, bytes calldata signature) external;
    /// Takes back an application or retires a node of the own organisation, for ever; by a role in the organisation. Here and
    /// in `revoke` and `revokeValidator`, who still is a validator of an open partition ledger stays (`OrdersLedgers`).
    function retire(bytes32 key) external;
    /// Changes the endpoint; by a role in the organisation, with the key's signature.
    function setEndpoint(bytes32 key, string calldata endpoint, bytes calldata signature) external;
    /// Changes the name; by a role in the organisation.
    function setName(bytes32 key, string calldata name) external;
    /// Changes the beneficiary, from the next epoch on; by a role in the organisation.
    function setBeneficiary(bytes32 key, address beneficiary) external;

    /// Admits an applicant as Observer, Standby or Light; by proposal of kind Membership.
    function admit(bytes32 key, Role role) external;
    /// Suspends a node that is no validator; by proposal of kind Membership.
    function suspend(bytes32 key) external;
    /// Ends a suspension, also one under emergency powers; by proposal of kind Membership.
    function reactivate(bytes32 key) external;
    /// Excludes a node that is no validator, or an applicant, for ever; by proposal of kind Membership.
    function revoke(bytes32 key) external;
    /// Promotes and demotes; by proposal of kind Validators. A candidate votes from the epoch after its proof of readiness.
    function setRole(bytes32 key, Role role) external;
    /// Suspends a validator, which becomes Standby; also ratifies an emergency suspension. By proposal of kind Validators.
    function suspendValidator(bytes32 key) external;
    /// Excludes a validator for ever; by proposal of kind Validators.
    function revokeValidator(bytes32 key) external;
    /// Suspends a node for 72 hours; by a role (emergency officer). It lapses by itself unless Governance ratifies it.
    function emergencySuspend(bytes32 key, string calldata reason) external;

    /// Proves that a candidate has caught up: its signature over a block of the last 256. Open to everybody: the signature decides.
    /// The proof holds until the end of the epoch; a candidate that had to wait proves it again.
    function ready(bytes32 key, uint64 height, bytes32 blockHash, bytes calldata signature) external;

    function node(bytes32 key) external view returns (Node memory);
    /// Nodes in the order of their applications, at most 100.
    function nodes(uint64 from, uint64 count) external view returns (Node[] memory);
    function nodeCount() external view returns (uint64);
    /// Whether the node may link now: it and its organisation are active.
    function isActive(bytes32 key) external view returns (bool);
    /// The key of the node called `name`, zero for none.
    function keyOf(string calldata name) external view returns (bytes32);
    /// Who orders `epoch`; epochs after the newest set are answered with it, as long as no other follows.
    function validators(uint64 epoch) external view returns (ValidatorSet memory);
    function validatorSetCount() external view returns (uint64);
    /// Grows with every change that concerns links, roles or validators.
    function generation() external view returns (uint64);
}
