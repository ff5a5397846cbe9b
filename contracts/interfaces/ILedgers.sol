// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Partition ledgers: their members, ordering, parameters and status. The main ledger keeps this registry; nodes follow it without restart.
///
/// A validator that is ready to order a ledger says so with the key of its node (Ed25519, RFC 8032), over the 32 bytes of
///   keccak256(abi.encode("civitas-ledger-ready", block.chainid, chainId of the ledger, height, blockHash))
/// with a block of the main ledger: height and hash are the main ledger's, as is block.chainid.
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

    /// What of its parameters a running ledger can change; the others are what its nodes were started with.
    struct Adjustment { uint64 blockGasMax; uint64 blockIntervalMs; uint64 heartbeatMs; }

    struct Ledger {
        string name;
        uint64 chainId;
        /// Those of its genesis; `parameters` tells those of now.
        Parameters parameters;
        Access access;
        /// Zero: every member derives the genesis from this record and the block of its creation.
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
    /// Neither the main ledger nor a partition ledger has it.
    error NoSuchLedger(uint64 chainId);
    /// The main ledger, another ledger, open or closed, a foreign chain of the registry (IChains), or Ethereum has it.
    error ChainIdTaken(uint64 chainId);
    /// A node runs at most `max` open ledgers, as Validator, Observer or Standby.
    error TooManyLedgers(bytes32 key, uint64 max);
    error IllegalTransition(string name, Status from, Status to);
    /// A closed ledger does not change.
    error LedgerClosed(string name);
    /// The node is no validator of the ledger; `role` is what it is there.
    error WrongRole(bytes32 key, Role role);
    /// The signature is not one of the node's key over the documented message.
    error BadSignature(bytes32 key);
    /// The block is not one of the last 256 of the main ledger, or has another hash.
    error BlockUnknown(uint64 height, bytes32 blockHash);
    error NodeNotActive(bytes32 key);
    error DuplicateMember(bytes32 key);
    /// So many validators cannot leave or join in one change; `changeMax` can.
    error WouldLoseQuorum(uint64 validators, uint64 leaving, uint64 joining, uint64 changeMax);

    event LedgerCreated(string name, uint64 indexed chainId, Parameters parameters, Access access, bytes32 genesisHash, Member[] members);
    event LedgerStatusChanged(uint64 indexed chainId, string name, Status from, Status to, address indexed actor, string reason);
    event LedgerMembersChanged(uint64 indexed chainId, string name, Member[] members);
    event LedgerAdjusted(uint64 indexed chainId, Adjustment adjustment);
    event LedgerMemberReady(uint64 indexed chainId, bytes32 indexed key, uint64 height);

    /// Creates a ledger; by proposal of kind Ledgers. Name and chain id are used once, for ever. `genesisHash` is zero:
    /// the nodes derive the genesis from the block of this call, so nobody can know its hash before.
    function create(string calldata name, uint64 chainId, Parameters calldata parameters, Access access, bytes32 genesisHash, Member[] calldata members) external;
    /// Replaces the members; by proposal of kind Ledgers. Validators change in small steps, so that a quorum stays;
    /// the only validator of a solo ledger stays, since nobody else has its blocks. A new validator orders from the epoch
    /// of the ledger on that follows its proof of readiness; the validators of the creation are ready.
    function changeMembers(string calldata name, Member[] calldata members) external;
    /// Changes parameters of the ledger with `chainId`, which can be the main ledger; by proposal of kind Parameters. They hold from
    /// the next block on; on a partition ledger from the first block on that names a block of the main ledger with the change.
    function adjust(uint64 chainId, Adjustment calldata adjustment) external;
    /// Stops the writes; by a role (regulator), or by proposal of kind Ledgers.
    function freeze(string calldata name, string calldata reason) external;
    /// Lets writes go on; by a role (regulator), or by proposal of kind Ledgers.
    function unfreeze(string calldata name, string calldata reason) external;
    /// Closes for ever; by proposal of kind Ledgers.
    function close(string calldata name, string calldata reason) external;

    /// Proves that a validator runs the ledger and has caught up: its signature over a block of the main ledger, of the last
    /// 256. Open to everybody: the signature decides. The proof holds until the node loses the role or its links.
    function ready(string calldata name, bytes32 key, uint64 height, bytes32 blockHash, bytes calldata signature) external;

    function ledger(string calldata name) external view returns (Ledger memory);
    /// Ledgers in the order of creation, at most 16.
    function ledgers(uint64 from, uint64 count) external view returns (Ledger[] memory);
    /// The parameters that the next block of the ledger with `chainId` is made by; also of the main ledger.
    function parameters(uint64 chainId) external view returns (Parameters memory);
    function ledgerCount() external view returns (uint64);
    /// The name of the ledger with a chain id, empty for none.
    function nameOf(uint64 chainId) external view returns (string memory);
    /// Whether the node is a validator of the ledger and has proved that it is ready to order it.
    function isReady(string calldata name, bytes32 key) external view returns (bool);
    /// Grows with every change.
    function generation() external view returns (uint64);
}
