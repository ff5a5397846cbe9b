// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Cases of supervision: evidence, decisions of two people, commands to chains with proof of effect, notices with replies
/// (clauses 7.3.b, 7.3.c, 7.3.e).
///
///   order > Ordered > approve (another person) > InForce > attest (gateways) > prove > Done
///                   > withdraw > Withdrawn               > deadline passes > Overdue > prove > Done
///
/// A command is never done because somebody says so: `prove` takes a proof of the state of the chain under a block that was anchored after
/// the approval. The main ledger itself isolates what a command freezes from the approval on, without any proof and until it is lifted:
/// `isolated` says so. The deadline says when a command that no proof has shown is overdue.
interface ICases {
    enum CaseStatus { None, Open, Closed }

    /// How a command is enforced. Isolation: by the main ledger alone, done with the approval. Hook: by the supervision hook on the chain,
    /// too, which a proof must show. After a command of level Hook all of its target are of level Hook, while the chain has a hook: what
    /// gateways have signed, everybody can take to the chain until a later command was.
    enum Level { Isolation, Hook }

    /// What a command does. Each `Lift` ends what the one before it began.
    enum Action { FreezeChain, LiftChain, FreezeContract, LiftContract, FreezeAccount, LiftAccount, FreezeIdentity, LiftIdentity }

    /// Overdue is derived from the time: it is InForce past its deadline.
    enum CommandStatus { None, Ordered, InForce, Done, Overdue, Withdrawn }

    struct Case {
        uint64 id;
        CaseStatus status;
        string title;
        /// Whom it is about: an account (CAIP-10), a DID, or a chain (CAIP-2).
        string subject;
        string legalBasis;
        address openedBy;
        uint64 openedAt;
        uint64 closedAt;
        uint64 evidenceCount;
        uint64 commandCount;
        uint64 noticeCount;
    }

    struct Evidence {
        /// Keccak-256 of the document, or of the canonical finding.
        bytes32 hash;
        /// What it is and where it is found, for example `finding/123` or `eip155:31337/0x…`.
        string source;
        address by;
        uint64 at;
    }

    /// An order. The main ledger itself is the chain of id zero.
    struct Order {
        uint64 caseId;
        bytes32 chain;
        Action action;
        /// The contract or account (20 bytes) or the identity (32 bytes); empty for a chain.
        bytes target;
        Level level;
        string legalBasis;
        string reason;
        /// Seconds after the approval within which the effect must be proven, between 10 and 30 * 86400. Of level Hook, and of commands
        /// on identities, whose commands on accounts take it over; not used by others.
        uint64 deadlineSeconds;
    }

    struct Command {
        uint64 id;
        Order order;
        CommandStatus status;
        address orderedBy;
        uint64 orderedAt;
        address approvedBy;
        uint64 approvedAt;
        /// Seconds since 1970; 0 before the approval.
        uint64 deadline;
        /// Height of the main ledger at the approval: only blocks anchored after it can prove the effect.
        uint64 approvedHeight;
        uint64 doneAt;
        /// Height of the block of the chain that proved it; 0 if none was needed.
        uint64 provenHeight;
        /// The command on an identity that this one follows from; 0 if none.
        uint64 parent;
        /// Gateways that attested it, for this hook of the chain or for one before.
        uint8 attested;
    }

    struct Attestation { address gateway; bytes signature; }

    struct Notice {
        uint64 id;
        uint64 caseId;
        bytes32 organisation;
        bytes32 textHash;
        string subject;
        uint64 deadline;
        address by;
        uint64 at;
        bytes32 replyHash;
        string reply;
        address repliedBy;
        uint64 repliedAt;
    }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error CaseUnknown(uint64 id);
    error CaseNotOpen(uint64 id);
    error CommandUnknown(uint64 id);
    error WrongStatus(uint64 id, CommandStatus status);
    /// Who ordered does not approve, nor anybody of the same identity.
    error FourEyes(uint64 id, address caller);
    /// A newer command on the same target was approved already.
    error Superseded(uint64 id, uint64 by);
    error ChainUnknown(bytes32 id);
    error OrganisationNotActive(bytes32 id);
    /// The chain has no supervision hook on the ledger (trust root of kind Contract), or is not followed.
    error NoHook(bytes32 chain);
    error NotAGateway(bytes32 chain, address caller);
    error AttestationForged(uint64 id, address caller);
    /// The gateway's signature for the newest hook of the chain is there already.
    error AlreadyAttested(uint64 id, address caller);
    /// The header is not that of a block anchored since the approval, or not proven where the chain has a client (contract Headers).
    error NotAnchored(uint64 id, bytes32 blockHash);
    error ProofInvalid(uint64 id, string what);
    /// The proof is good and shows that the command has no effect.
    error NoEffect(uint64 id, bytes32 slot, bytes32 value);
    error NoticeUnknown(uint64 id);
    error AlreadyReplied(uint64 id);

    event CaseOpened(uint64 indexed id, address indexed by, string title, string subject, string legalBasis);
    event CaseClosed(uint64 indexed id, address indexed by, string outcome);
    event EvidenceAdded(uint64 indexed caseId, bytes32 indexed hash, address indexed by, string source);
    event CommandOrdered(uint64 indexed id, uint64 indexed caseId, bytes32 indexed chain, Action action, bytes target, Level level, address by);
    event CommandApproved(uint64 indexed id, address indexed by, uint64 deadline);
    event CommandWithdrawn(uint64 indexed id, address indexed by, string reason);
    event CommandAttested(uint64 indexed id, address indexed gateway, uint8 attested);
    event CommandDone(uint64 indexed id, uint64 provenHeight);
    event CommandOverdue(uint64 indexed id);
    event NoticeSent(uint64 indexed id, uint64 indexed caseId, bytes32 indexed organisation, string subject, bytes32 textHash, uint64 deadline);
    event NoticeReplied(uint64 indexed id, address indexed by, bytes32 replyHash);

    /// Opens a case; by a role (regulator of the city), as all that follows up to `withdraw` and `notify`.
    function open(string calldata title, string calldata subject, string calldata legalBasis) external returns (uint64 id);
    function addEvidence(uint64 caseId, bytes32 hash, string calldata source) external;
    function close(uint64 caseId, string calldata outcome) external;
    /// Orders a command. Nothing happens before the approval.
    function order(Order calldata order) external returns (uint64 id);
    /// Puts a command into force; by another person than who ordered it, or by proposal of kind Control. What it does to the main ledger
    /// itself happens in the name of who approves, whose role must permit that, too. A command on an identity brings commands on its
    /// accounts on all registered chains, at most 32. A command of the same target that waits for its proof ends as Withdrawn. An account
    /// whose identity a command has frozen is not lifted by itself. Chains are frozen and lifted by a role alone: proposals of kind Chains
    /// do that in the registry.
    function approve(uint64 id) external;
    /// Takes back a command that is not approved, or one whose deadline passed 30 days ago: the hook takes that no more, and what it
    /// isolates stays isolated. By a role, or by proposal of kind Control.
    function withdraw(uint64 id, string calldata reason) external;
    /// A gateway of the chain signs the command for the hook (EIP-712, docs/operator/cases.md), once; again after a newer hook was
    /// registered, which replaces its signature.
    function attest(uint64 id, bytes calldata signature) external;
    /// Proves the effect with the header of an anchored block and proofs of the hook's account and slot (EIP-1186); by anybody.
    function prove(uint64 id, bytes calldata header, bytes[] calldata accountProof, bytes[] calldata storageProof) external;
    /// Writes down that a command is overdue, for those who wait for events; by anybody. Its effect does not wait for this.
    function declareOverdue(uint64 id) external;
    function notify(uint64 caseId, bytes32 organisation, string calldata subject, bytes32 textHash, uint64 deadline) external returns (uint64 id);
    /// Answers a notice; by a role in the organisation.
    function reply(uint64 id, bytes32 replyHash, string calldata text) external;

    function caseOf(uint64 id) external view returns (Case memory);
    function caseCount() external view returns (uint64);
    /// The newest first, without the `from` newest ones; at most 50.
    function cases(uint64 from, uint64 count) external view returns (Case[] memory);
    /// Oldest first, from index `from` on; at most 50, as of commands and notices.
    function evidence(uint64 caseId, uint64 from, uint64 count) external view returns (Evidence[] memory);
    function commandOf(uint64 id) external view returns (Command memory);
    function commandCount() external view returns (uint64);
    /// Commands by id, from id `from` on.
    function commands(uint64 from, uint64 count) external view returns (Command[] memory);
    function commandsOfCase(uint64 caseId, uint64 from, uint64 count) external view returns (Command[] memory);
    /// Commands in force or overdue on a chain, oldest first: what its gateways have to do.
    function openCommands(bytes32 chain, uint64 from, uint64 count) external view returns (Command[] memory);
    function attestations(uint64 id) external view returns (Attestation[] memory);
    /// Notices by id, from id `from` on.
    function notices(uint64 from, uint64 count) external view returns (Notice[] memory);
    function noticeCount() external view returns (uint64);
    /// Whether the main ledger isolates this on a chain: it is frozen by an approved command and not lifted, or in the registry itself
    /// (Chains, Identities, Control). `target` is the account or contract; empty asks for the chain. An account counts as isolated where
    /// its chain or its identity is.
    function isolated(bytes32 chain, bytes calldata target) external view returns (bool);
}
