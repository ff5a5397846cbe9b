// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Roles: what a role permits, who holds it, where and until when; and the questions about it (clauses 7.2.h-k, 9.3.a-d).
///
/// A subject is an account (its address, padded on the left to 32 bytes) or an identity (its id). What an identity holds, all
/// accounts bound to it hold. A person is an identity, or an account that is bound to none.
/// A grant is valid while it is neither revoked nor renounced nor expired, its role is active, and the grant that it was delegated
/// from is valid. What is no longer valid never becomes valid again. It is in force while it is valid and the organisation of its scope,
/// if that is its scope, is active. Only a grant in force permits anything.
/// Definitions change by proposal of kind Roles only. Grants are made by Governance, by who may call `grant` here for the scope in
/// question (never above the own level, never to the own person, never a consequential role), and by delegation.
/// Refusals are checked in the order in which the comment of a function names them.
interface IRoles {
    /// What a permission is about: calling a function of a contract, deploying a contract, joining a network or ledger, reading data,
    /// administering nodes.
    enum Action { Call, Deploy, Join, Read, Administer }
    /// Where a grant holds. City holds everywhere; Ledger on one ledger; Contract for acts on one contract; Organisation for acts about
    /// one organisation; Grade for reading data up to a grade, and for nothing else.
    enum ScopeKind { City, Ledger, Contract, Organisation, Grade }
    enum RoleStatus { None, Active, Retired }
    /// What a grant is worth now; the first that fits, from the last to the first.
    enum GrantStatus { None, InForce, OrganisationNotActive, ParentEnded, RoleRetired, Expired, Renounced, Revoked }
    /// Why something is allowed or not. Of several reasons the one nearest to being allowed is given, which is the order here;
    /// IdentityNotActive: nothing is allowed to accounts of an identity that is frozen or cancelled. Revoked stands for renounced grants
    /// too; NoGrant: no role that permits it is or was held (of old grants the newest 64 are looked at).
    enum Reason { Allowed, IdentityNotActive, OrganisationNotActive, RoleRetired, ParentEnded, Expired, Revoked, OutOfScope, NoGrant }

    struct Permission {
        Action action;
        /// The contract; zero is any.
        address target;
        /// The function of it; zero is any.
        bytes4 selector;
    }

    struct Scope {
        ScopeKind kind;
        /// City: zero. Ledger: its chain id. Contract: its address, padded on the left. Organisation: its id.
        /// Grade: the highest data grade, 0 to 255.
        bytes32 value;
    }

    struct Role {
        /// keccak256 of the name.
        bytes32 id;
        string name;
        /// 0 (lowest) to 100. Who grants stands strictly above what is granted.
        uint8 level;
        /// Whether only Governance grants and revokes it.
        bool consequential;
        RoleStatus status;
        Permission[] permissions;
        /// Roles that nobody holds together with it; the other roles name it too.
        bytes32[] excludes;
        /// Height at which it was defined.
        uint64 definedAt;
    }

    struct Grant {
        uint64 id;
        bytes32 role;
        bytes32 subject;
        Scope scope;
        /// Seconds since 1970 from which on it is no longer valid; 0 is never.
        uint64 expiry;
        /// Whether its holder may delegate it.
        bool delegable;
        /// Who made it: Governance, or an account.
        address granter;
        /// The grant that it was delegated from, 0 for none.
        uint64 parent;
        /// Height at which it was made.
        uint64 height;
        GrantStatus status;
    }

    /// One thing that somebody wants to do.
    struct Act {
        Action action;
        /// The contract; zero if it is about none.
        address target;
        /// The function; zero if it is about none.
        bytes4 selector;
        /// The organisation that it is about; zero if it is about none.
        bytes32 organisation;
        /// The grade of the data that it reads; 0 is open data.
        uint8 grade;
    }

    /// A permission that an account has, and by which grant.
    struct Entitlement { uint64 grant; bytes32 role; Permission permission; Scope scope; uint64 expiry; }

    error Unauthorized(address caller, bytes4 selector);
    error InvalidArgument(string name, string rule);
    error OrganisationNotActive(bytes32 id);
    error RoleUnknown(bytes32 role);
    error RoleExists(bytes32 role);
    /// The role is retired.
    error RoleNotActive(bytes32 role);
    error GrantUnknown(uint64 id);
    /// The grant is not valid any more.
    error GrantEnded(uint64 id, GrantStatus status);
    /// A person grants nothing to itself, not by another of its accounts either.
    error SelfGrant(address caller, bytes32 subject);
    /// Only Governance grants and revokes the role, and it is not delegated.
    error ConsequentialRole(bytes32 role);
    /// The highest level by which the caller may do this is not above the role's level.
    error AboveOwnLevel(bytes32 role, uint8 level, uint8 ownLevel);
    /// The subject's person holds a role that excludes this one.
    error SeparationOfDuties(bytes32 role, bytes32 heldRole, uint64 heldGrant);
    /// The subject holds the same role in the same scope from the same source.
    error AlreadyGranted(uint64 id);
    /// The grant is not held by the caller.
    error NotTheHolder(uint64 id, address caller);
    error NotDelegable(uint64 id);
    /// A delegated grant reaches no further, and lasts no longer, than the grant that it comes from.
    error OutsideParent(uint64 parent);
    /// A subject holds at most so many grants (delegated grants fill at most half of them).
    error TooManyGrants(bytes32 subject, uint64 max);
    /// The change would leave proposals without enough representatives who can pass them.
    error WouldLockOut(string reason);

    event RoleDefined(bytes32 indexed role, string name, uint8 level, bool consequential, Permission[] permissions, bytes32[] excludes);
    event RoleChanged(bytes32 indexed role, uint8 level, bool consequential, Permission[] permissions, bytes32[] excludes);
    event RoleRetired(bytes32 indexed role);
    /// A grant was made; `parent` is not 0 for a delegated one.
    event Granted(uint64 indexed id, bytes32 indexed role, bytes32 indexed subject, Scope scope, uint64 expiry, bool delegable, address granter, uint64 parent);
    event Revoked(uint64 indexed id, bytes32 indexed role, bytes32 indexed subject, address by);
    event Renounced(uint64 indexed id, bytes32 indexed role, bytes32 indexed subject, address by);
    event ExpiryChanged(uint64 indexed id, bytes32 indexed role, bytes32 indexed subject, uint64 expiry, address by);

    /// Defines a role; by proposal of kind Roles. A name of 1 to 64 bytes is used once, for ever; level at most 100; at most 32
    /// permissions and 16 exclusions (of every role concerned), each once; at most 256 roles.
    /// Refuses: Unauthorized, RoleExists, InvalidArgument, RoleUnknown (an exclusion).
    function defineRole(string calldata name, uint8 level, bool consequential, Permission[] calldata permissions, bytes32[] calldata excludes) external returns (bytes32 role);
    /// Changes an active role; by proposal of kind Roles. Grants that exist follow at once; new exclusions are no reason to end them.
    /// Refuses: Unauthorized, RoleUnknown, RoleNotActive, InvalidArgument, RoleUnknown (an exclusion), WouldLockOut (Representative stays
    /// consequential).
    function changeRole(bytes32 role, uint8 level, bool consequential, Permission[] calldata permissions, bytes32[] calldata excludes) external;
    /// Ends a role with all its grants, for ever; by proposal of kind Roles.
    /// Refuses: Unauthorized, RoleUnknown, RoleNotActive, WouldLockOut (Representative cannot be retired).
    function retireRole(bytes32 role) external;

    /// Grants a role to a subject. `expiry` is 0 or in the future, in seconds since 1970. By Governance, or by who may call this function
    /// by a grant in force whose scope contains `scope`. Representative is granted in the scope of an organisation.
    /// Refuses: Unauthorized, RoleUnknown, RoleNotActive, InvalidArgument, OrganisationNotActive (of the scope), SelfGrant,
    /// ConsequentialRole and AboveOwnLevel (not of Governance), SeparationOfDuties, AlreadyGranted, TooManyGrants.
    function grant(bytes32 role, bytes32 subject, Scope calldata scope, uint64 expiry, bool delegable) external returns (uint64 id);
    /// Passes a delegable grant of the caller on to a subject, which cannot delegate it further; it ends with `parent`.
    /// Refuses: GrantUnknown, NotTheHolder, GrantEnded, NotDelegable, InvalidArgument, OrganisationNotActive (of the scope), OutsideParent,
    /// SelfGrant, ConsequentialRole, SeparationOfDuties, AlreadyGranted, TooManyGrants.
    function delegate(uint64 parent, bytes32 subject, Scope calldata scope, uint64 expiry) external returns (uint64 id);
    /// Takes a grant away, with what was delegated from it. By Governance, by who may call this function by a grant in force whose scope
    /// contains that of `id`, and by who holds the grant that it was delegated from.
    /// Refuses: GrantUnknown, Unauthorized, GrantEnded (revoked or renounced before), ConsequentialRole and AboveOwnLevel (not of Governance
    /// or who delegated it), WouldLockOut.
    function revoke(uint64 id) external;
    /// Gives an own grant back, with what was delegated from it.
    /// Refuses: GrantUnknown, NotTheHolder, GrantEnded (revoked or renounced before), WouldLockOut.
    function renounce(uint64 id) external;
    /// Changes until when a valid grant lasts: 0, or in the future. By Governance, or by who may call this function by a grant in force
    /// whose scope contains that of `id`.
    /// Refuses: GrantUnknown, Unauthorized, GrantEnded, InvalidArgument, SelfGrant, ConsequentialRole and AboveOwnLevel (not of Governance),
    /// OutsideParent, WouldLockOut.
    function changeExpiry(uint64 id, uint64 expiry) external;

    /// A role. Refuses: RoleUnknown.
    function role(bytes32 id) external view returns (Role memory);
    /// Roles in the order of their definition, from index `from` on, at most 100.
    function roles(uint64 from, uint64 count) external view returns (Role[] memory);
    function roleCount() external view returns (uint64);
    /// A grant, of any status. Refuses: GrantUnknown.
    function grantOf(uint64 id) external view returns (Grant memory);
    /// Grants ever made; their ids are 1, 2, 3...
    function grantCount() external view returns (uint64);
    /// The grants of exactly this subject that have not ended, at most 64. Among them can be some that time has ended.
    function grantsOf(bytes32 subject) external view returns (Grant[] memory);
    /// The grants of exactly this subject that have ended, oldest first, from index `from` on, at most 100.
    function pastGrantsOf(bytes32 subject, uint64 from, uint64 count) external view returns (Grant[] memory);
    /// The grants of a role that have not ended, from index `from` on, at most 100. Among them can be some that time has ended.
    function holdersOf(bytes32 role, uint64 from, uint64 count) external view returns (Grant[] memory);
    /// Who can do something: the grants in force of all roles that permit it, whatever their scope. At most `count` (and 100) grants are looked at,
    /// from position `from` on; `next` is the position to go on from, 0 at the end.
    function whoCan(Action action, address target, bytes4 selector, uint64 from, uint64 count) external view returns (Grant[] memory grants, uint64 next);
    /// What an account can do, by its own grants in force and those of its identity.
    function whatCan(address account) external view returns (Entitlement[] memory);
    /// Whether an account may do something here (the ledger that is asked), why, and the grants that it depends on.
    /// What Governance executes after a vote is not asked for a role.
    function explain(address account, Act calldata act) external view returns (bool allowed, Reason reason, uint64[] memory grants);
    /// Whether an account holds a role in a scope, or in one that contains it.
    function holds(address account, bytes32 role, Scope calldata scope) external view returns (bool);
    /// Whether an account may speak for an organisation.
    function represents(address account, bytes32 organisation) external view returns (bool);
}
