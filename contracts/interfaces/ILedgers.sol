// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Partition ledgers: their members, ordering, parameters and status. The main ledger keeps this registry; nodes follow it without restart.
interface ILedgers {
    enum Engine { Simplex, Solo }
    enum StateCommitment { Qmdb, Mpt }
    enum Status { None, Active, Frozen, Closed }
    /// What a node does on the ledger; the numbers of INodes.
    enum Role { None, Observer, Validator, Standby, Light }
    /// Who may transact: every identity of the city, or those with a role that lets them join.
    enum Access { City, Role }

    struct Member { bytes32 key; Role role; }

    /// The ledger parameters of the genesis, under the same names.
    struct Parameters {
        Engine ordering;
        StateCommitment stateCommitment;
        uint64 blockGasMax;
        uint32 payloadBytesMax;
        uint32 payloadTransactionsMax;
        uint32 transactionBytesMax;
        uint64 baseFee;
        uint64 blockIntervalMs;
        uint64 heartbeatMs;
        uint64 leaderTimeoutMs;
        uint64 epochBlocks;
    }

    struct Ledger {
        string name;
        uint64 chainId;
        Parameters parameters;
        Access access;
        /// Hash of the genesis block, which every member derives for itself and compares; zero where none was committed to.
        bytes32 genesisHash;
        Member[] members;
        Status status;
        /// Height at which it was created.
        uint64 createdAt;
        /// Height of the last change of status.
        uint64 changedAt;
    }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error LedgerUnknown(string name);
    error LedgerExists(string name);
    error ChainIdTaken(uint64 chainId);
    error IllegalTransition(string name, Status from, Status to);
    /// A closed ledger does not change.
    error LedgerClosed(string name);
    error NodeNotActive(bytes32 key);
    error DuplicateMember(bytes32 key);
    /// So many validators cannot leave or join in one change; `changeMax` can.
    error WouldLoseQuorum(uint64 validators, uint64 leaving, uint64 joining, uint64 changeMax);

    event LedgerCreated(string name, uint64 indexed chainId, Parameters parameters, Access access, bytes32 genesisHash, Member[] members);
    event LedgerStatusChanged(uint64 indexed chainId, string name, Status from, Status to, address indexed actor, string reason);
    event LedgerMembersChanged(uint64 indexed chainId, string name, Member[] members);

    /// Creates a ledger; by proposal of kind Ledgers. Name and chain id are used once, for ever.
    function create(string calldata name, uint64 chainId, Parameters calldata parameters, Access access, bytes32 genesisHash, Member[] calldata members) external;
    /// Replaces the members; by proposal of kind Ledgers. Validators change in small steps, so that a quorum stays;
    /// the only validator of a solo ledger is replaced at once.
    function changeMembers(string calldata name, Member[] calldata members) external;
    /// Stops the writes; by a role (regulator), or by proposal of kind Ledgers.
    function freeze(string calldata name, string calldata reason) external;
    /// Lets writes go on; by a role (regulator), or by proposal of kind Ledgers.
    function unfreeze(string calldata name, string calldata reason) external;
    /// Closes for ever; by proposal of kind Ledgers.
    function close(string calldata name, string calldata reason) external;

    function ledger(string calldata name) external view returns (Ledger memory);
    /// Ledgers in the order of creation, at most 16.
    function ledgers(uint64 from, uint64 count) external view returns (Ledger[] memory);
    function ledgerCount() external view returns (uint64);
    /// The name of the ledger with a chain id, empty for none.
    function nameOf(uint64 chainId) external view returns (string memory);
    /// Grows with every change.
    function generation() external view returns (uint64);
}
