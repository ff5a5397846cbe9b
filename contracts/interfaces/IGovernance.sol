// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Proposals: every change of membership, parameters, roles of consequence, contract and chain control is proposed, approved by
/// distinct organisations, waits its timelock, and is then executed. Nothing here is ever deleted.
interface IGovernance {
    /// What a proposal changes; the strictest rule among its actions holds for the whole.
    enum Kind { Membership, Validators, Parameters, Roles, Control, Chains, Ledgers, Rules }
    /// Expired proposals show as Expired, without a transaction that says so.
    enum Status { None, Open, Approved, Executed, Rejected, Expired, Withdrawn }

    /// One call that Governance makes when the proposal is executed.
    struct Action { address target; bytes data; }

    struct Rule {
        /// Approvals needed, in hundredths of the organisations that vote; more than the exact share is rounded up.
        uint8 approvalPercent;
        /// Approvals needed at least. The proposer's own approval does not count.
        uint8 approvalsMin;
        /// Seconds from creation until voting ends.
        uint64 votingSeconds;
        /// Seconds between approval and execution.
        uint64 timelockSeconds;
    }

    struct Proposal {
        uint64 id;
        Kind kind;
        Status status;
        address proposer;
        /// The organisation that the proposer represents.
        bytes32 organisation;
        string title;
        Action[] actions;
        uint64 createdAt;
        /// Seconds since 1970; a vote after it is refused.
        uint64 votingEnds;
        /// Seconds since 1970 from which on it can be executed; 0 while it is not approved.
        uint64 executableFrom;
        /// Seconds since 1970 after which it can no longer be executed; 0 while it is not approved.
        uint64 executableUntil;
        uint64 approvals;
        uint64 rejections;
        uint64 approvalsNeeded;
    }

    struct Vote { bytes32 organisation; address account; bool approve; string reason; uint64 at; }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error NotARepresentative(address account, bytes32 organisation);
    error ProposalUnknown(uint64 id);
    error ProposalNotOpen(uint64 id, Status status);
    error ProposalNotExecutable(uint64 id, Status status, uint64 executableFrom);
    /// Organisations that approved it do not vote any more.
    error ApprovalsWithdrawn(uint64 id, uint64 approvals, uint64 approvalsNeeded);
    error ProposerCannotVote(uint64 id, address proposer);
    error AlreadyVoted(uint64 id, bytes32 organisation);
    error NotTheProposer(uint64 id, address caller);
    /// Only functions of system contracts that Governance may call can be proposed.
    error ActionNotAllowed(uint64 index, address target, bytes4 selector);
    /// The call of an action was refused; `reason` is its custom error.
    error ActionFailed(uint64 index, bytes reason);
    error WouldLockOut(string reason);

    event ProposalCreated(uint64 indexed id, Kind indexed kind, address indexed proposer, bytes32 organisation, string title, Action[] actions);
    event VoteCast(uint64 indexed id, bytes32 indexed organisation, address account, bool approve, string reason);
    event ProposalApproved(uint64 indexed id, uint64 executableFrom, uint64 executableUntil);
    event ProposalRejected(uint64 indexed id);
    event ProposalWithdrawn(uint64 indexed id);
    event ProposalExecuted(uint64 indexed id, address indexed executor);
    event RuleChanged(Kind indexed kind, uint8 approvalPercent, uint8 approvalsMin, uint64 votingSeconds, uint64 timelockSeconds);

    /// Makes a proposal in the name of `organisation`, which the caller represents.
    function propose(bytes32 organisation, string calldata title, Action[] calldata actions) external returns (uint64 id);
    /// Votes in the name of `organisation`; an organisation votes once, the proposer never.
    function vote(uint64 id, bytes32 organisation, bool approve, string calldata reason) external;
    /// Takes back an open proposal; only its proposer can.
    function withdraw(uint64 id) external;
    /// Executes an approved proposal after its timelock. Open to everybody: the votes have decided.
    function execute(uint64 id) external;
    /// Changes the rule of a kind; by proposal of kind Rules.
    function setRule(Kind kind, Rule calldata rule) external;

    function proposal(uint64 id) external view returns (Proposal memory);
    /// Ids are 1, 2, 3...
    function proposalCount() external view returns (uint64);
    function votes(uint64 id) external view returns (Vote[] memory);
    function rule(Kind kind) external view returns (Rule memory);
    /// The kind that a call belongs to; refuses what cannot be proposed.
    function kindOf(address target, bytes4 selector) external view returns (Kind);
}
