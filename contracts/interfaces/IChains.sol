// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// The business chains of the city, native and foreign: basic information, review, control, trust roots (clauses 7.2.h, 7.2.i, 7.2.k).
///
///   register > Registered > startReview > UnderReview > decide > Active <> Frozen, both > cancel > Cancelled
///                                              ^            > Rejected > appeal (once, in time, another reviewer) > UnderReview
interface IChains {
    enum Kind { Native, Evm, Fabric, CometBft, Other }
    enum Status { None, Registered, UnderReview, Active, Rejected, Frozen, Cancelled }
    /// What a trust root is: what another chain's messages are verified against.
    enum RootKind { BlockHash, ValidatorSet, Certificate, Contract, Other }

    /// Basic information (clause 7.2.i).
    struct ChainInfo {
        /// Unique identification: CAIP-2, for example `eip155:8217`.
        string caip2;
        string name;
        Kind kind;
        string purpose;
        /// The organisation of the city that operates it.
        bytes32 operator;
        /// Legal name of the company, with its registration number.
        string company;
        string contact;
        /// Grade of the most sensitive data on it, 1 (public) to 4.
        uint8 grade;
        string consensus;
        /// Address (IP or name) and port, or URL, of its interface.
        string endpoint;
        /// Hash of the documents that come with the registration.
        bytes32 documents;
    }

    struct Chain {
        bytes32 id;
        ChainInfo info;
        Status status;
        address registrant;
        /// Who last took up or decided the review.
        address reviewer;
        bool appealed;
        bool escalated;
        /// Seconds since 1970.
        uint64 registeredAt;
        /// Seconds since 1970 by which the review is to be decided; 0 while there is none.
        uint64 reviewDue;
        /// Seconds since 1970 until which a rejection can be appealed; 0 without a rejection or after an appeal.
        uint64 appealUntil;
        /// Height of the last change of status.
        uint64 changedAt;
    }

    struct Review { address reviewer; bool approved; bytes32 evidence; string reason; uint64 at; }
    struct TrustRoot { bytes root; uint64 validFromHeight; uint64 at; }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error OrganisationNotActive(bytes32 id);
    error ChainUnknown(bytes32 id);
    error ChainExists(bytes32 id, Status status);
    /// The state machine has no such step.
    error IllegalTransition(bytes32 id, Status from, Status to);
    /// The function is not for a chain of this status.
    error WrongStatus(bytes32 id, Status status);
    /// The registrant, people of the operator, and who decided before an appeal do not review.
    error ReviewerNotIndependent(bytes32 id, address reviewer);
    error AppealNotPossible(bytes32 id, bool appealed, uint64 until);
    error NotOverdue(bytes32 id, uint64 due);
    error TrustRootUnknown(bytes32 id, RootKind kind, uint64 height);

    event ChainRegistered(bytes32 indexed id, bytes32 indexed operator, address indexed registrant, string caip2, string name, Kind kind, bytes32 documents);
    event ChainUpdated(bytes32 indexed id, address indexed actor, bytes32 documents);
    event ChainStatusChanged(bytes32 indexed id, Status from, Status to, address indexed actor, string reason);
    event ChainReviewed(bytes32 indexed id, address indexed reviewer, bool approved, bytes32 evidence, string reason);
    event ChainAppealed(bytes32 indexed id, address indexed actor, bytes32 documents, string reason);
    event ReviewEscalated(bytes32 indexed id, address indexed actor, uint64 due);
    event TrustRootAdded(bytes32 indexed id, RootKind indexed kind, uint64 validFromHeight, bytes root);

    /// Registers a chain; by a role in the operator. The id is keccak256 of `caip2`; it is free again after a final rejection,
    /// and a new registration begins without the trust roots of the old one.
    function register(ChainInfo calldata info) external returns (bytes32 id);
    /// Corrects a registration before its review; by a role in the operator. `caip2` and `operator` stay.
    function update(bytes32 id, ChainInfo calldata info) external;
    /// Changes contact and endpoint at any time before the end; by a role in the operator.
    function setContact(bytes32 id, string calldata contact, string calldata endpoint) external;
    /// Takes up the review; by a role (chain reviewer), or by proposal of kind Chains.
    function startReview(bytes32 id) external;
    /// Approves (Active) or rejects, with the hash of the evidence; by a role (chain reviewer), or by proposal of kind Chains.
    function decide(bytes32 id, bool approve, bytes32 evidence, string calldata reason) external;
    /// Appeals against a rejection, once, within 14 days; by a role in the operator.
    function appeal(bytes32 id, bytes32 documents, string calldata reason) external;
    /// Reports a review that is overdue, so that it is decided by proposal; by a role in the operator.
    function escalate(bytes32 id) external;
    /// Freezes; by a role (regulator), or by proposal of kind Chains.
    function freeze(bytes32 id, string calldata reason) external;
    /// Ends a freeze; by a role (regulator), or by proposal of kind Chains.
    function unfreeze(bytes32 id, string calldata reason) external;
    /// Cancels for ever; by proposal of kind Chains.
    function cancel(bytes32 id, string calldata reason) external;
    /// Adds a trust root to the history of its kind: by a role in the operator before the review, by proposal of kind Chains after it.
    function addTrustRoot(bytes32 id, RootKind kind, bytes calldata root, uint64 validFromHeight) external;

    function chain(bytes32 id) external view returns (Chain memory);
    /// Chains in the order in which they registered, at most 50.
    function chains(uint64 from, uint64 count) external view returns (Chain[] memory);
    function chainCount() external view returns (uint64);
    function isActive(bytes32 id) external view returns (bool);
    /// Registrations that wait for a review or its decision.
    function waitingCount() external view returns (uint64);
    /// Those of the waiting registrations `from`, `from + 1`... (at most 100) whose review is overdue.
    function overdue(uint64 from, uint64 count) external view returns (bytes32[] memory ids);
    /// All decisions, oldest first.
    function reviews(bytes32 id) external view returns (Review[] memory);
    function trustRoots(bytes32 id, RootKind kind, uint64 from, uint64 count) external view returns (TrustRoot[] memory);
    /// The root that was valid at a height of the chain: the last one from that height or before.
    function trustRootAt(bytes32 id, RootKind kind, uint64 height) external view returns (TrustRoot memory);
    /// Grows with every change of status and every trust root.
    function generation() external view returns (uint64);
}
