// Generated from openapi.json by `npm run generate`. Do not edit.

export interface paths {
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the console works. */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The document of this API. */
        get: operations["getOpenapiJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rules of alarms. */
        get: operations["getV1Alarms"];
        put?: never;
        /** Makes a rule. */
        post: operations["postV1Alarms"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One rule. */
        get: operations["getV1AlarmsId"];
        /** Replaces a rule. */
        put: operations["putV1AlarmsId"];
        post?: never;
        /** Deletes a rule. */
        delete: operations["deleteV1AlarmsId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/{id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that somebody cares for what rings. */
        post: operations["postV1AlarmsIdAcknowledge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/{id}/silence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Silences a rule for a time. */
        post: operations["postV1AlarmsIdSilence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All rules as YAML: a rule file of Prometheus, with what it has no words for in annotations and a second document. */
        get: operations["getV1AlarmsExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/firing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alarms that ring or soon may, the gravest first. */
        get: operations["getV1AlarmsFiring"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of alarms, newest first. */
        get: operations["getV1AlarmsHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes in rules of a file as Prometheus has them, or as the export gives them: all of them, or none. Rules of the same
         *     name are replaced.
         */
        post: operations["postV1AlarmsImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Silences that hold. */
        get: operations["getV1AlarmsSilences"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alarms/silences/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends a silence. */
        delete: operations["deleteV1AlarmsSilencesId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The own API keys; an administrator sees all. */
        get: operations["getV1Keys"];
        put?: never;
        /** Makes an API key. Needs a fresh proof. */
        post: operations["postV1Keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes an own API key away; an administrator any. */
        delete: operations["deleteV1KeysId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Audit records: anchors of nodes, and the console's own, newest first. */
        get: operations["getV1Audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/call": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks a contract. */
        post: operations["postV1Call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cases, newest first. */
        get: operations["getV1Cases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One case with evidence, commands, notices and its timeline. */
        get: operations["getV1CasesId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/subject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the city knows about somebody whom a command could be about. */
        get: operations["getV1CasesSubject"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/certificates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Certificates of nodes whose folders are on this machine, those that end first at the top. */
        get: operations["getV1Certificates"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Business chains, newest first. */
        get: operations["getV1Chains"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chains/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One business chain. */
        get: operations["getV1ChainsId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chains/{id}/anchors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What gateways agreed on about a chain, newest first. */
        get: operations["getV1ChainsIdAnchors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Channels; secrets are masked. */
        get: operations["getV1Channels"];
        put?: never;
        /** Makes a channel. */
        post: operations["postV1Channels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One channel; secrets are masked. */
        get: operations["getV1ChannelsId"];
        /** Replaces a channel; a masked secret stays. */
        put: operations["putV1ChannelsId"];
        post?: never;
        /** Deletes a channel. */
        delete: operations["deleteV1ChannelsId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a message through a channel, and says what came of it. */
        post: operations["postV1ChannelsIdTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Commands, newest first. */
        get: operations["getV1Commands"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/commands/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One command. */
        get: operations["getV1CommandsId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/compilers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The compilers that sources can be verified with. */
        get: operations["getV1Compilers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Versions of the thesaurus, and what is done on which ledger. */
        get: operations["getV1Content"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Identities, oldest first. */
        get: operations["getV1Identities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{did}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One identity. */
        get: operations["getV1IdentitiesDid"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identities/{did}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the accounts of an identity did, on all ledgers and chains, newest first. */
        get: operations["getV1IdentitiesDidActivity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/label/{name}/values": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Values of a label. */
        get: operations["getV1LabelNameValues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Names of labels. */
        get: operations["getV1Labels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ledgers of the city, the main ledger first. */
        get: operations["getV1Ledgers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One ledger. */
        get: operations["getV1LedgersLedger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Accounts that took part in something. */
        get: operations["getV1LedgersLedgerAccounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/accounts/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One account. */
        get: operations["getV1LedgersLedgerAccountsAddress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/accounts/{address}/balances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What an account owns of tokens. */
        get: operations["getV1LedgersLedgerAccountsAddressBalances"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/accounts/{address}/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Transactions of an account, newest first. */
        get: operations["getV1LedgersLedgerAccountsAddressTransactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/accounts/{address}/transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Transfers from and to an account, newest first. */
        get: operations["getV1LedgersLedgerAccountsAddressTransfers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Transactions over time. */
        get: operations["getV1LedgersLedgerActivity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/blocks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Blocks, newest first. */
        get: operations["getV1LedgersLedgerBlocks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/blocks/{block}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One block. */
        get: operations["getV1LedgersLedgerBlocksBlock"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/blocks/{block}/certificate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What proves a block to anybody who knows the validators. */
        get: operations["getV1LedgersLedgerBlocksBlockCertificate"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/contracts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Contracts, newest first. */
        get: operations["getV1LedgersLedgerContracts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/contracts/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One contract. */
        get: operations["getV1LedgersLedgerContractsAddress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/contracts/{address}/abi": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Gives an ABI for a contract whose source nobody has verified. */
        put: operations["putV1LedgersLedgerContractsAddressAbi"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/contracts/{address}/source": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The source of a contract, as far as it is known. */
        get: operations["getV1LedgersLedgerContractsAddressSource"];
        put?: never;
        /**
         * Verifies the source of a contract: compiles it, and compares the code with that on the ledger.
         * @description A compiler that is used for the first time is made ready first: the answer is then `compiler-preparing`, with the time
         *     after which to try again.
         */
        post: operations["postV1LedgersLedgerContractsAddressSource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events, newest first. */
        get: operations["getV1LedgersLedgerEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What moved between accounts, summed up by who gave it to whom. */
        get: operations["getV1LedgersLedgerFlows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/rpc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Passes JSON-RPC on to a node: methods that read, and signed transactions. */
        post: operations["postV1LedgersLedgerRpc"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tokens. */
        get: operations["getV1LedgersLedgerTokens"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/tokens/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One token. */
        get: operations["getV1LedgersLedgerTokensAddress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/tokens/{address}/holders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who holds a token, most first. */
        get: operations["getV1LedgersLedgerTokensAddressHolders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/tokens/{address}/transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Transfers of a token, newest first. */
        get: operations["getV1LedgersLedgerTokensAddressTransfers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Transactions, newest first. */
        get: operations["getV1LedgersLedgerTransactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/transactions/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One transaction with its decoded call, events and transfers. */
        get: operations["getV1LedgersLedgerTransactionsHash"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/transactions/{hash}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a transaction changed. */
        get: operations["getV1LedgersLedgerTransactionsHashChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledgers/{ledger}/transactions/{hash}/trace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a transaction ran: a tree of calls. */
        get: operations["getV1LedgersLedgerTransactionsHashTrace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lines of logs, newest first. */
        get: operations["getV1Logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the city knows of who asks. */
        get: operations["getV1Me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/accesses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who read or used data about oneself, newest first. */
        get: operations["getV1MeAccesses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Own accounts. */
        get: operations["getV1MeAccounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the own accounts did, on all ledgers and chains, newest first. */
        get: operations["getV1MeActivity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Notices to the organisations in which one has a role, newest first. */
        get: operations["getV1MeNotices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Nodes, as the registry has them. */
        get: operations["getV1Nodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One node, by name or key. */
        get: operations["getV1NodesName"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Notices to organisations, newest first. */
        get: operations["getV1Notices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notices/texts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keeps the text of a notice, before its hash goes to the ledger. Who may see the notice then sees the text. */
        post: operations["postV1NoticesTexts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Openings of sealed records, newest first. */
        get: operations["getV1Openings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The console itself, with health checks and diagnosis. */
        get: operations["getV1OperationsConsole"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Nodes, with health checks and diagnosis. */
        get: operations["getV1OperationsNodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/nodes/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One node, with health checks and diagnosis. */
        get: operations["getV1OperationsNodesName"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/nodes/{name}/certificate/renew": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renews the certificate of a node of this machine. */
        post: operations["postV1OperationsNodesNameCertificateRenew"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/nodes/{name}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts a node of this machine. */
        post: operations["postV1OperationsNodesNameStart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/nodes/{name}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a node of this machine. */
        post: operations["postV1OperationsNodesNameStop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Organisations. */
        get: operations["getV1Organisations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/organisations/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One organisation, by name or id. */
        get: operations["getV1OrganisationsName"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The city at a glance. */
        get: operations["getV1Overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/parameters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Parameters of the city. */
        get: operations["getV1Parameters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The own passkeys. */
        get: operations["getV1Passkeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes an own passkey away. */
        delete: operations["deleteV1PasskeysId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/permissions/who-can": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who can call a function. */
        get: operations["getV1PermissionsWhoCan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prepare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a transaction ready to be signed, and says why the ledger would refuse it. */
        post: operations["postV1Prepare"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/proposals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Proposals, newest first. */
        get: operations["getV1Proposals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/proposals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One proposal: what it would do, the votes, what is missing, when. */
        get: operations["getV1ProposalsId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A query in PromQL at one moment, in the form of Prometheus. */
        get: operations["getV1Query"];
        put?: never;
        /** The same with a form, as Grafana asks. */
        post: operations["postV1Query"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/query_range": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A query in PromQL over time, in the form of Prometheus. */
        get: operations["getV1QueryRange"];
        put?: never;
        /** The same with a form, as Grafana asks. */
        post: operations["postV1QueryRange"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/cases/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The report of a case as a file, in the language of the request. */
        get: operations["getV1ReportsCasesIdFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/period": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A period in figures: findings, cases, commands with the times to their effect, notices. */
        get: operations["getV1ReportsPeriod"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports/period/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The report of a period as a file, in the language of the request. */
        get: operations["getV1ReportsPeriodFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Roles, the highest first. */
        get: operations["getV1Roles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One role, by name or id. */
        get: operations["getV1RolesId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roles/{id}/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Grants of a role that have not ended. */
        get: operations["getV1RolesIdGrants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Finds anything by its number, hash, address or name. */
        get: operations["getV1Search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Series that selectors mean. */
        get: operations["getV1Series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in, and which ways to sign in there are. */
        get: operations["getV1Session"];
        put?: never;
        post?: never;
        /** Signs out. */
        delete: operations["deleteV1Session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with the signed text. */
        post: operations["postV1SessionAccount"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/challenge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks for a text that the account signs (CAIP-122). */
        post: operations["postV1SessionChallenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/examples": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Accounts of a development city that anybody can sign in with; none in any other city. */
        get: operations["getV1SessionExamples"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/oidc/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Takes the browser back from the identity provider. */
        get: operations["getV1SessionOidcCallback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/oidc/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sends the browser to the identity provider. */
        get: operations["getV1SessionOidcStart"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/passkey/login/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks a browser to sign in with a passkey. */
        post: operations["postV1SessionPasskeyLoginBegin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/passkey/login/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs in with a passkey. */
        post: operations["postV1SessionPasskeyLoginFinish"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/passkey/register/begin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks a browser to make a passkey for who is signed in. Needs a fresh proof. */
        post: operations["postV1SessionPasskeyRegisterBegin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/passkey/register/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keeps a passkey that a browser made. */
        post: operations["postV1SessionPasskeyRegisterFinish"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes an administrator of who brings the token of the one-time link. */
        post: operations["postV1SessionSetup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The own sessions. */
        get: operations["getV1Sessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends an own session; an administrator ends any. */
        delete: operations["deleteV1SessionsId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sign-ins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Records of sign-ins and refusals, newest first. */
        get: operations["getV1SignIns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/situation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Chains, what flows between them, and warnings. */
        get: operations["getV1Situation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/situation/risks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Chains, organisations, identities or accounts with the most risk, at most fifty, each with its reasons. */
        get: operations["getV1SituationRisks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/situation/thresholds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Thresholds of which it is warned. */
        get: operations["getV1SituationThresholds"];
        /** Sets a threshold, or takes it away. */
        put: operations["putV1SituationThresholds"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/situation/trend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A series of a chain, with its forecast and how good that is. */
        get: operations["getV1SituationTrend"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happens, as it happens: each event has a name (`block`, `lag`, `alarm`, `session`) and carries JSON. */
        get: operations["getV1Stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Supervision at a glance. */
        get: operations["getV1Supervision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/back-tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Back-tests of the last day, newest first. */
        get: operations["getV1SupervisionBackTests"];
        put?: never;
        /** Runs a rule over the history in the index, in the background. */
        post: operations["postV1SupervisionBackTests"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/back-tests/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One back-test: how far it is, or what it found. */
        get: operations["getV1SupervisionBackTestsNumber"];
        put?: never;
        post?: never;
        /** Stops a back-test. */
        delete: operations["deleteV1SupervisionBackTestsNumber"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/findings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Findings, newest first. */
        get: operations["getV1SupervisionFindings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/findings/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One finding, with its figures against the limits and the events behind it. */
        get: operations["getV1SupervisionFindingsNumber"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/findings/{number}/dismiss": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Dismisses an open finding: it is none, for a reason. */
        post: operations["postV1SupervisionFindingsNumberDismiss"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/findings/{number}/document": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A finding as evidence: the document, and its hash. */
        get: operations["getV1SupervisionFindingsNumberDocument"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/lists": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All lists. */
        get: operations["getV1SupervisionLists"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/lists/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One list. */
        get: operations["getV1SupervisionListsName"];
        /** Makes a list, or replaces its entries. Rules ask the new ones at once. */
        put: operations["putV1SupervisionListsName"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rules: of each the newest version, and the active one where it is another. */
        get: operations["getV1SupervisionRules"];
        put?: never;
        /** Writes a version of a rule, on trial. An older one on trial is retired; an active one stays active beside it. */
        post: operations["postV1SupervisionRules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/rules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All versions of a rule, and what was done to it. */
        get: operations["getV1SupervisionRulesId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/rules/{id}/versions/{version}/mode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sets the mode of a version. Who wrote it does not make it active. */
        post: operations["postV1SupervisionRulesIdVersionsVersionMode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/supervision/rules/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says whether a rule compiles, and where it does not. */
        post: operations["postV1SupervisionRulesCheck"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/topology": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Nodes, and who is linked to whom. */
        get: operations["getV1Topology"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An ABI that somebody gives for a contract. */
        AbiClaim: {
            /** @description The ABI, as compilers write it. */
            abi: unknown[];
            /** @description Name of the contract. */
            name?: string | null;
        };
        /** @description Who read or used data about oneself. */
        Access: {
            /** @description When. */
            at: string;
            /** @description Why: case number and legal basis of an opening. */
            purpose?: string | null;
            /** @description Which data. */
            resource: string;
            /** @description `ledger` or `console`. */
            source: string;
            /** @description What was done. */
            what: string;
            /** @description Who. */
            who: string;
            /** @description What people call them. */
            whoName?: string | null;
        };
        /** @description What an account is asked to sign. */
        AccountChallenge: {
            /** @description Until when. */
            expires: string;
            /** @description The text, to be signed as it stands (`personal_sign`). */
            message: string;
        };
        /** @description What a transaction changed of an account. */
        AccountChange: {
            /** @description The account. */
            address: string;
            balance?: components["schemas"]["Change"] | null;
            code?: components["schemas"]["Change"] | null;
            /** @description Its name. */
            name?: string | null;
            nonce?: components["schemas"]["Change"] | null;
            /** @description Storage, by slot. */
            storage: components["schemas"]["SlotChange"][];
        };
        /** @description An account. */
        AccountDetail: components["schemas"]["AccountSummary"] & {
            /** @description What it owns of the ledger's own coin, in wei. */
            balance?: string | null;
            freeze?: components["schemas"]["Freeze"] | null;
            /** @description The identity that it is bound to; none without one, or without the right to see identities. */
            identity?: string | null;
            /**
             * Format: int64
             * @description Transactions that it has sent, as the ledger counts.
             */
            nonce?: number | null;
            quota?: components["schemas"]["QuotaUse"] | null;
            /** @description Roles that it holds in force; empty without the right to see them. */
            roles: components["schemas"]["HeldRole"][];
            /** @description `Active`, `Frozen` or `Cancelled`. */
            status?: string | null;
        };
        /** @description A text and its signature. */
        AccountProof: {
            /** @description The text that the console gave. */
            message: string;
            /** @description In hexadecimal: 65 bytes r, s, v of an account with a key, or what a contract takes for its own (ERC-1271). */
            signature: string;
        };
        /** @description An account in a list. */
        AccountSummary: {
            /** @description Its address. */
            address: string;
            /**
             * Format: int64
             * @description Height at which it was first seen.
             */
            firstSeen?: number | null;
            /** @description `account`, `contract` or `system`. */
            kind: string;
            /**
             * Format: int64
             * @description Height at which it was last seen.
             */
            lastSeen?: number | null;
            /** @description What people call it. */
            name?: string | null;
            /**
             * Format: int64
             * @description Transactions that it sent or received.
             */
            transactions: number;
        };
        /** @description What happened in a step of time. */
        Activity: {
            /** @description Begin of the step. */
            at: string;
            /**
             * Format: int64
             * @description Blocks.
             */
            blocks: number;
            /**
             * Format: int64
             * @description Gas used.
             */
            gasUsed: number;
            /**
             * Format: int64
             * @description Transactions.
             */
            transactions: number;
        };
        /** @description A rule whose condition holds, for one series. */
        Alarm: {
            acknowledged?: components["schemas"]["AlarmAcknowledgement"] | null;
            firingSince?: components["schemas"]["Time"] | null;
            /** @description Which series, and the labels of the rule. */
            labels: components["schemas"]["BTreeMap"];
            /** @description Its name. */
            name: string;
            /** @description The note of the rule. */
            note: string;
            /** @description The rule. */
            ruleId: string;
            /** @description How grave. */
            severity: components["schemas"]["AlarmSeverity"];
            /** @description The silence that keeps it quiet now. */
            silencedBy?: string | null;
            /** @description Since when the condition holds. */
            since: components["schemas"]["Time"];
            /** @description Where it stands. */
            state: components["schemas"]["AlarmState"];
            /** @description The value seen last, as text; empty for an absence. */
            value: string;
        };
        /** @description Somebody has taken care of an alarm: it does not escalate, and is not told again. */
        AlarmAcknowledgement: {
            /** @description When. */
            at: components["schemas"]["Time"];
            /** @description Who. */
            by: string;
            /** @description In their words. */
            comment: string;
        };
        /** @description An alarm that rings, in a few words. */
        AlarmBrief: {
            /** @description The rule. */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description How severe. */
            severity: string;
            /** @description Since when. */
            since: string;
            /** @description What was found. */
            summary: string;
        };
        /**
         * @description What has happened to an alarm, a rule or a channel.
         * @enum {string}
         */
        AlarmChange: "fired" | "resolved" | "acknowledged" | "silenced" | "silenceEnded" | "escalated" | "delivered" | "deliveryDelayed" | "deliveryFailed" | "created" | "changed" | "deleted";
        /** @description A channel that is kept. */
        AlarmChannel: components["schemas"]["AlarmChannelDraft"] & {
            /** @description When. */
            changedAt: components["schemas"]["Time"];
            /** @description Who wrote it last. */
            changedBy: string;
            /** @description Its identifier. */
            id: string;
            /** @description Where it was sent to, in words that hold no secret: `mail to a@b.example`, `webhook at hooks.example`. */
            summary: string;
            /**
             * Format: int64
             * @description Grows with each change; a change must name the one that it was made from.
             */
            version: number;
        };
        /** @description A channel as a user writes it. */
        AlarmChannelDraft: {
            /** @description Whether messages are sent. */
            enabled?: boolean;
            /** @description The language of messages. */
            language?: components["schemas"]["MessageLanguage"];
            /** @description A name that people know it by; unique. */
            name: string;
            /** @description Where messages go. */
            target: components["schemas"]["AlarmChannelKind"];
        };
        /** @description Where messages go. */
        AlarmChannelKind: {
            /** @description From whom. */
            from: string;
            /** @description The mail server. */
            host: string;
            /** @enum {string} */
            kind: "mail";
            password?: components["schemas"]["Secret"] | null;
            /**
             * Format: int32
             * @description Its port.
             */
            port: number;
            /** @description How it is spoken to. */
            security?: components["schemas"]["MailSecurity"];
            /** @description To whom, 1 to 20. */
            to: string[];
            /** @description Name at the mail server. */
            user?: string | null;
        } | {
            /** @description Headers that are sent along, such as `authorization`. */
            headers?: {
                [key: string]: components["schemas"]["Secret"];
            };
            /** @enum {string} */
            kind: "webhook";
            /** @description The address. */
            url: components["schemas"]["Secret"];
        } | {
            /** @enum {string} */
            kind: "dingTalk";
            secret?: components["schemas"]["Secret"] | null;
            /** @description Its address, with the token. */
            url: components["schemas"]["Secret"];
        } | {
            /** @enum {string} */
            kind: "weCom";
            /** @description Its address, with the key. */
            url: components["schemas"]["Secret"];
        } | {
            /** @enum {string} */
            kind: "feishu";
            secret?: components["schemas"]["Secret"] | null;
            /** @description Its address, with the token. */
            url: components["schemas"]["Secret"];
        } | {
            /** @enum {string} */
            kind: "slack";
            /** @description Its address. */
            url: components["schemas"]["Secret"];
        };
        /**
         * @description How a value is compared with a threshold.
         * @enum {string}
         */
        AlarmComparison: "above" | "atLeast" | "below" | "atMost" | "equal" | "different";
        /** @description When a rule rings. */
        AlarmCondition: {
            /**
             * Format: int64
             * @description Seconds for which it must hold before it rings.
             */
            for_seconds?: number;
            /**
             * Format: int64
             * @description Seconds for which it goes on ringing after it holds no more, against flapping.
             */
            keep_firing_seconds?: number;
            /** @enum {string} */
            kind: "metric";
            /** @description The query. */
            query: string;
            threshold?: components["schemas"]["AlarmThreshold"] | null;
        } | {
            /**
             * Format: int64
             * @description Seconds for which it must find nothing.
             */
            for_seconds?: number;
            /** @enum {string} */
            kind: "absence";
            /** @description The query. */
            query: string;
        } | {
            /**
             * Format: int64
             * @description So many lines or more.
             */
            count?: number;
            /** @enum {string} */
            kind: "log";
            level?: components["schemas"]["LogLevel"] | null;
            /** @description Of this node alone. */
            node?: string | null;
            /**
             * Format: int64
             * @description Within so many seconds.
             */
            window_seconds: number;
            /** @description As `q` of the log search; may be empty where a level is given. */
            words?: string;
        } | {
            /** @description Arguments of the event and the texts that they must equal. */
            arguments?: components["schemas"]["BTreeMap"];
            /** @description Name or address of the contract. */
            contract?: string | null;
            /**
             * Format: int64
             * @description So many events or more.
             */
            count?: number;
            /** @description Name of the event. */
            event?: string | null;
            /** @enum {string} */
            kind: "ledgerEvent";
            /** @description Name of the ledger. */
            ledger?: string | null;
            /**
             * Format: int64
             * @description Within so many seconds.
             */
            window_seconds: number;
        };
        /** @description Whom to tell when nobody has acknowledged an alarm. */
        AlarmEscalation: {
            /**
             * Format: int64
             * @description Minutes after it began to ring.
             */
            afterMinutes: number;
            /** @description Identifiers of the channels to tell. */
            channels: string[];
        };
        /** @description An entry of the history, the newest first in lists. */
        AlarmHistoryEntry: {
            /** @description When. */
            at: components["schemas"]["Time"];
            /** @description Who did it; absent for what happened by itself. */
            by?: string | null;
            /** @description What has happened. */
            change: components["schemas"]["AlarmChange"];
            /** @description The value, the comment, the channel, or why it failed. */
            detail?: string;
            /** @description Which series. */
            labels?: components["schemas"]["BTreeMap"];
            /** @description Its name then. */
            name: string;
            /**
             * Format: int64
             * @description Its number, from 1.
             */
            number: number;
            severity?: components["schemas"]["AlarmSeverity"] | null;
            /** @description The rule or channel. */
            subject: string;
        };
        /** @description A rule that is kept. */
        AlarmRule: components["schemas"]["AlarmRuleDraft"] & {
            /** @description When. */
            changedAt: components["schemas"]["Time"];
            /** @description Who wrote it last: an account or identity; `civitas` for those that a city is born with. */
            changedBy: string;
            /** @description Its identifier. */
            id: string;
            /** @description Why it cannot be evaluated now; absent where it can. */
            problem?: string | null;
            /**
             * Format: int64
             * @description Grows with each change; a change must name the one that it was made from.
             */
            version: number;
        };
        /** @description A rule as a user writes it. */
        AlarmRuleDraft: {
            /** @description Identifiers of the channels to tell when it rings and when it ends. */
            channels?: string[];
            /** @description When it rings. */
            condition: components["schemas"]["AlarmCondition"];
            /** @description Whether it is watched. */
            enabled?: boolean;
            escalation?: components["schemas"]["AlarmEscalation"] | null;
            /**
             * Format: int64
             * @description Seconds for which an alarm waits for others of the rule, so that one message tells of all; 0 tells at once. What
             *     begins and ends within them is recorded, and not told.
             */
            groupSeconds?: number;
            /** @description Labels that are added to its alarms. */
            labels?: components["schemas"]["BTreeMap"];
            /** @description A name that people know it by; unique. */
            name: string;
            /** @description What to do when it rings, for those who are called. */
            note?: string;
            /**
             * Format: int64
             * @description Minutes after which the channels are told again while it rings; 0 for once.
             */
            repeatMinutes?: number;
            /** @description How grave its alarms are. */
            severity: components["schemas"]["AlarmSeverity"];
        };
        /** @description What became of the rules of a file. */
        AlarmRulesImport: {
            /** @description Names of rules that were replaced. */
            changed: string[];
            /** @description Names of rules that are new. */
            created: string[];
            /** @description Channels that are named in the file and not known here: the rules have none in their place. */
            missingChannels: string[];
            /** @description Recording rules of Prometheus, which were left out: the console evaluates none. */
            recording: string[];
            /** @description Names of rules that are the same already. */
            unchanged: string[];
        };
        /**
         * @description How grave an alarm is, from the least.
         * @enum {string}
         */
        AlarmSeverity: "info" | "warning" | "critical";
        /** @description Keeps alarms of a rule from being told; they are seen and recorded all the same. */
        AlarmSilence: {
            /** @description Since when. */
            at: components["schemas"]["Time"];
            /** @description Who. */
            by: string;
            /** @description Why. */
            comment: string;
            /** @description Its identifier. */
            id: string;
            /** @description Labels that an alarm must have to be silenced. */
            labels: components["schemas"]["BTreeMap"];
            /** @description The rule. */
            ruleId: string;
            /** @description Until when. */
            until: components["schemas"]["Time"];
        };
        /** @description A silence as a user writes it. */
        AlarmSilenceDraft: {
            /** @description Why. */
            comment?: string;
            /** @description Labels that an alarm must have to be silenced; none for all of the rule. */
            labels?: components["schemas"]["BTreeMap"];
            /**
             * Format: int64
             * @description Minutes from now: 1 to 43,200 (30 days).
             */
            minutes: number;
        };
        /**
         * @description Where an alarm stands.
         * @enum {string}
         */
        AlarmState: "pending" | "firing";
        /** @description A bound of a value. */
        AlarmThreshold: {
            /** @description How to compare. */
            comparison: components["schemas"]["AlarmComparison"];
            /**
             * Format: double
             * @description With what.
             */
            value: number;
        };
        /** @description A certificate authority of an organisation. */
        Anchor: {
            /** @description SHA-256 of its certificate. */
            fingerprint: string;
            /** @description Until when it holds. */
            notAfter?: string | null;
            /** @description Whom it names; none if the certificate cannot be read. */
            subject?: string | null;
        };
        /** @description Prometheus's envelope around an answer. */
        Answer_MetricData: {
            /** @description What a query found. */
            data: {
                /** @description A number: `[seconds, "value"]`. */
                result: components["schemas"]["Point"];
                /** @enum {string} */
                resultType: "scalar";
            } | {
                /** @description Series at one moment. */
                result: components["schemas"]["MetricSample"][];
                /** @enum {string} */
                resultType: "vector";
            } | {
                /** @description Series over time. */
                result: components["schemas"]["MetricSeries"][];
                /** @enum {string} */
                resultType: "matrix";
            };
            /** @enum {string} */
            status: "success";
        } | {
            /** @description What is wrong, in English. */
            error: string;
            /** @description `bad_data`, `unavailable` or `internal`. */
            errorType: string;
            /** @enum {string} */
            status: "error";
        };
        /** @description Prometheus's envelope around an answer. */
        Answer_Vec_BTreeMap: {
            data: {
                [key: string]: string;
            }[];
            /** @enum {string} */
            status: "success";
        } | {
            /** @description What is wrong, in English. */
            error: string;
            /** @description `bad_data`, `unavailable` or `internal`. */
            errorType: string;
            /** @enum {string} */
            status: "error";
        };
        /** @description Prometheus's envelope around an answer. */
        Answer_Vec_String: {
            data: string[];
            /** @enum {string} */
            status: "success";
        } | {
            /** @description What is wrong, in English. */
            error: string;
            /** @description `bad_data`, `unavailable` or `internal`. */
            errorType: string;
            /** @enum {string} */
            status: "error";
        };
        /** @description What a contract answered. */
        Answered: {
            refused?: components["schemas"]["DecodedError"] | null;
            /** @description The results. */
            results: components["schemas"]["Argument"][];
        };
        /** @description A key as its owner sees it. */
        ApiKey: {
            /** @description When it was made. */
            createdAt: string;
            /** @description When it ends. */
            expiresAt: string;
            /** @description Names it. */
            id: string;
            /** @description What it is for. */
            label: string;
            /** @description Its rights; it has those that its owner has too. */
            scopes: components["schemas"]["Right"][];
            /** @description Whose it is. */
            subject: string;
            /** @description When it was last used, to the minute. */
            usedAt?: string | null;
        };
        /** @description A list of API keys. */
        ApiKeys: {
            items: components["schemas"]["ApiKey"][];
        };
        /** @description An argument or a result of a function, or a field of an event. */
        Argument: {
            /** @description Its name; empty if it has none. */
            name: string;
            /** @description Its type, as ABIs write it. */
            type: string;
            /** @description Its value: text, a decimal string for numbers, a boolean, an array, or an object for a struct. */
            value: unknown;
        };
        /** @description What was moved of an asset. */
        AssetMoved: {
            /** @description How much, in whole units; 0 where the token has not told its decimals. */
            amount: string;
            /** @description The chain on which it was moved. */
            ledger: string;
            /**
             * Format: int64
             * @description Payments.
             */
            payments: number;
            token?: components["schemas"]["TokenBrief"] | null;
        };
        /** @description One record. */
        Attempt: {
            /** @description What the client called itself. */
            agent: string;
            /** @description When. */
            at: string;
            /** @description Its id, which grows with time. */
            id: string;
            /** @description By which way of signing in. */
            method: string;
            /** @description `signedIn`, `refused`, `signedOut` or `changed`. */
            outcome: string;
            /** @description Why it was refused, or what was changed. */
            reason: string;
            /** @description Where it came from. */
            source: string;
            /** @description Whom it names: an account, an identity, `administrator`, or somebody of an identity provider; empty if it names nobody. */
            subject: string;
        };
        /** @description A page of records, newest first. */
        Attempts: {
            /** @description The records. */
            items: components["schemas"]["Attempt"][];
            /** @description The cursor of the next page. */
            next?: string | null;
        };
        /** @description How a chain that is not the city's own is attested. */
        Attestation: {
            /** @description Its id in the registry of chains. */
            chain: string;
            /** @description Why the index does not go on; none while it does. */
            fault?: string | null;
            /**
             * Format: int64
             * @description Organisations whose gateways report it.
             */
            gateways: number;
            /** @description Gateways that gave something else than what was anchored, or nothing, when they were asked last. */
            refusals: components["schemas"]["GatewayRefusal"][];
            /**
             * Format: int64
             * @description Height after which the index begins; above 0, what accounts hold is not known.
             */
            startHeight: number;
            /**
             * Format: int64
             * @description Organisations that must say the same.
             */
            threshold: number;
            /** @description What it is called there. */
            title?: string | null;
        };
        /** @description A batch of blocks of a foreign chain, as the main ledger anchored it. */
        AttestedBatch: {
            /**
             * Format: int64
             * @description Organisations that had said the same when it was read.
             */
            agreed: number;
            /** @description When it was anchored. */
            anchoredAt: string;
            /**
             * Format: int64
             * @description Height of the main ledger at which it was anchored.
             */
            anchoredHeight: number;
            /** @description Root over blocks, transactions and events. */
            blocksRoot: string;
            /** @description Hash over it and all batches before. */
            digest: string;
            /**
             * Format: int64
             * @description First block.
             */
            fromHeight: number;
            /**
             * Format: int64
             * @description Organisations whose gateways report the chain.
             */
            gateways: number;
            /**
             * Format: int64
             * @description Its number, from 0.
             */
            number: number;
            /**
             * Format: int64
             * @description Last block.
             */
            toHeight: number;
        };
        /** @description An audit record. */
        AuditRecord: {
            /** @description Who: a node, an account, an API key. */
            actor: string;
            /** @description When. */
            at: string;
            /** @description More, by name. */
            details: {
                [key: string]: string;
            };
            /** @description What kind of thing: `anchor`, `read`, `signIn`, `operation`, `alarm`. */
            kind: string;
            /** @description `node` or `console`. */
            source: string;
            /** @description In words. */
            summary: string;
            /** @description The transaction, for what is on a ledger. */
            transaction?: string | null;
        };
        /** @description A back-test. */
        BackTestDetail: {
            /** @description Who asked for it. */
            actor: string;
            /** @description When it began. */
            began: string;
            /**
             * Format: int64
             * @description Blocks to be read.
             */
            blocks: number;
            /** @description Why it could not be done. */
            fault?: string | null;
            /**
             * Format: int64
             * @description Blocks that were read.
             */
            judged: number;
            /**
             * Format: int64
             * @description Its number.
             */
            number: number;
            report?: components["schemas"]["BackTestReport"] | null;
            /** @description The rule. */
            rule: components["schemas"]["SupervisionRuleDraft"];
            /** @description How it is. */
            state: components["schemas"]["BackTestState"];
        };
        /** @description What a back-test found. */
        BackTestReport: {
            /**
             * Format: int64
             * @description Events that concerned the rule.
             */
            concerned: number;
            /** @description Findings by day; days without are left out. */
            days: components["schemas"]["DayCount"][];
            /**
             * Format: int64
             * @description Events that were judged.
             */
            events: number;
            /**
             * Format: int64
             * @description Events about which it could say nothing.
             */
            faults: number;
            /**
             * Format: int64
             * @description Of these, findings; the others fell into a cooldown.
             */
            findings: number;
            /** @description Time of the first event. */
            first?: string | null;
            /** @description Before this time windows were not yet full. */
            fullFrom?: string | null;
            /** @description Whether there were more events than one back-test judges. */
            isCut: boolean;
            /** @description Time of the last event. */
            last?: string | null;
            /**
             * Format: int64
             * @description Of these, matches.
             */
            matches: number;
            /**
             * Format: int64
             * @description How long it took.
             */
            milliseconds: number;
            /** @description What may have been missed. */
            notices: components["schemas"]["SupervisionNotice"][];
            /** @description The first findings. */
            samples: components["schemas"]["SampleFinding"][];
        };
        /**
         * @description How a back-test is.
         * @enum {string}
         */
        BackTestState: "running" | "done" | "cancelled" | "failed";
        /** @description What an account owns of a token. */
        Balance: {
            /** @description How much. */
            amount: string;
            /** @description The token. */
            token: components["schemas"]["TokenBrief"];
            /** @description Which one, of tokens that are not all alike. */
            tokenId?: string | null;
        };
        /** @description What proves a block to anybody who knows the validators; the browser checks it (`docs/developer/proofs.md`). */
        BlockCertificate: {
            /** @description Hash of the block. */
            blockHash: string;
            /**
             * Format: int64
             * @description Chain id of the ledger.
             */
            chainId: number;
            /** @description The canonical encoding of the signatures. */
            encoded: string;
            /**
             * Format: int64
             * @description Epoch of the validators.
             */
            epoch: number;
            /** @description RLP of Ethereum headers, from that of the block to that of `result_height`. */
            headers: string[];
            /**
             * Format: int64
             * @description Height of the block.
             */
            height: number;
            /** @description Name of the encoding: `simplex-ed25519-v1` or `solo-v1`. */
            kind: string;
            /** @description SHA-256 of it: what the validators signed. */
            payloadDigest: string;
            /** @description The encoded header of the payload. */
            payloadHeader: string;
            /**
             * Format: int64
             * @description Height of the payload.
             */
            payloadHeight: number;
            /** @description Its hash. */
            resultHash: string;
            /**
             * Format: int64
             * @description Height of the block that the payload commits to.
             */
            resultHeight: number;
            /** @description Keys of those who signed. */
            signers: string[];
            /** @description The validators of the epoch, as the node says. */
            validators: components["schemas"]["CertificateValidator"][];
            /**
             * Format: int64
             * @description Round in which the payload was finalised.
             */
            view: number;
        };
        /** @description A block. */
        BlockDetail: components["schemas"]["BlockSummary"] & {
            attested?: components["schemas"]["AttestedBatch"] | null;
            /** @description Price of gas in wei. */
            baseFee?: string | null;
            /** @description Bytes that who made it put in; none for a foreign chain. */
            extraData?: string | null;
            /** @description Whether there is a block after it. */
            hasNext: boolean;
            /** @description Transactions that were ordered for it but could not be executed. */
            omitted: components["schemas"]["OmittedTransaction"][];
            /** @description Digest of the payload that it came from; none for a foreign chain. */
            payloadDigest?: string | null;
            /** @description Root of its receipts; none for a foreign chain. */
            receiptsRoot?: string | null;
            /** @description Its state root; of a foreign chain, only where its hash shows it. */
            stateRoot?: string | null;
            /** @description Root of its transactions; none for a foreign chain. */
            transactionsRoot?: string | null;
        };
        /** @description A block in a list. */
        BlockSummary: {
            /** @description Its time. */
            at: string;
            /** @description Who receives its priority fees: stands for the node that proposed it. */
            beneficiary: string;
            /**
             * Format: int64
             * @description Gas that fits.
             */
            gasLimit: number;
            /**
             * Format: int64
             * @description Gas that they used.
             */
            gasUsed: number;
            /** @description Its hash. */
            hash: string;
            /**
             * Format: int64
             * @description Its height.
             */
            height: number;
            /** @description Hash of the block before. */
            parentHash: string;
            /** @description Name of the node that proposed it. */
            proposer?: string | null;
            /**
             * Format: int64
             * @description Bytes of the block.
             */
            sizeBytes?: number | null;
            /**
             * Format: int64
             * @description Transactions in it.
             */
            transactions: number;
        };
        /** @description Text in both languages of the city. */
        BothLanguages: {
            /** @description English. */
            en: string;
            /** @description Chinese. */
            zh: string;
        };
        BTreeMap: {
            [key: string]: string;
        };
        /** @description A transaction that somebody wants to make, or a question to a contract. */
        CallRequest: {
            /** @description Who calls; the account of the session without it. */
            account?: string | null;
            /** @description Its arguments, in order: numbers as decimal strings, structs as objects, enums as names or numbers. */
            arguments?: unknown[];
            /** @description The contract: its address, or the name of a system contract. */
            contract: string;
            /** @description The function: its name if the ABI of the contract is known, or its signature, as `transfer(address,uint256)`. */
            function: string;
            /** @description The ledger; `main` without it. */
            ledger?: string | null;
            /** @description Coin that goes along, in wei. */
            value?: string | null;
        };
        /** @description A chain in cases. */
        CaseChain: {
            /** @description CAIP-2. */
            caip2: string;
            /** @description Whether commands can be enforced on it: it is followed, and its supervision hook is on the main ledger. */
            hasHook: boolean;
            /** @description Its id; zero is the main ledger. */
            id: string;
            /** @description Whether it is the main ledger. */
            isMain: boolean;
            /** @description Whether it is a partition ledger of the city: commands freeze it as a whole, by the city's own power. */
            isPartition: boolean;
            /** @description Its name. */
            name: string;
            /**
             * Format: int32
             * @description Gateways that have to sign a command for the hook.
             */
            threshold: number;
        };
        /** @description A command. */
        CaseCommand: {
            /** @description What it does. */
            action: components["schemas"]["CommandAction"];
            /** @description When. */
            approvedAt?: string | null;
            /** @description Who approved it. */
            approvedBy?: string | null;
            /**
             * Format: int32
             * @description Gateways that signed it.
             */
            attested: number;
            /**
             * Format: int64
             * @description The case.
             */
            case: number;
            /** @description The chain that it goes to. */
            chain: components["schemas"]["CaseChain"];
            /** @description When its effect must be proven; none before the approval, and for isolation. */
            deadline?: string | null;
            /**
             * Format: int64
             * @description Seconds from the approval to the deadline.
             */
            deadlineSeconds: number;
            /** @description When it was done. */
            doneAt?: string | null;
            /**
             * Format: int64
             * @description Seconds from the approval to the effect.
             */
            effectSeconds?: number | null;
            executed?: components["schemas"]["CommandExecution"] | null;
            /**
             * Format: int64
             * @description Its number.
             */
            id: number;
            /** @description The legal basis. */
            legalBasis: string;
            /** @description How it is enforced. */
            level: components["schemas"]["CommandLevel"];
            /** @description When. */
            orderedAt: string;
            /** @description Who ordered it. */
            orderedBy: string;
            /**
             * Format: int64
             * @description The command on an identity that this one follows from.
             */
            parent?: number | null;
            /**
             * Format: int64
             * @description Height of the block of the chain that proved it.
             */
            provenHeight?: number | null;
            /** @description Why. */
            reason: string;
            /** @description How far it is. */
            state: components["schemas"]["CommandState"];
            /** @description The account, contract or identity (DID); none for a chain. */
            target?: string | null;
        };
        /** @description A case with all that belongs to it. */
        CaseDetail: {
            /** @description Commands, the oldest first. */
            commands: components["schemas"]["CaseCommand"][];
            /** @description Evidence, the oldest first. */
            evidence: components["schemas"]["CaseEvidence"][];
            /** @description Whether the case has more than is shown. */
            isCut: boolean;
            /** @description Notices, the oldest first. */
            notices: components["schemas"]["CaseNotice"][];
            /** @description What came out, once it is closed and in the index. */
            outcome?: string | null;
            /** @description The case. */
            summary: components["schemas"]["CaseSummary"];
            /** @description What happened, the oldest first. */
            timeline: components["schemas"]["CaseEvent"][];
        };
        /** @description An entry of the timeline of a case. */
        CaseEvent: {
            /** @description When. */
            at: string;
            /** @description Who did it: an account; none for what time did. */
            by?: string | null;
            /** @description What was said: a title, a reference, a reason, a reply. */
            detail: string;
            /** @description The ledger of the transaction, as the explorer names it. */
            ledger: string;
            /**
             * Format: int64
             * @description The command or notice that it is about.
             */
            number?: number | null;
            /** @description What happened. */
            step: components["schemas"]["CaseStep"];
            /** @description The transaction, once it is in the index. */
            transaction?: string | null;
        };
        /** @description A piece of evidence. */
        CaseEvidence: {
            /** @description When. */
            at: string;
            /** @description Who added it. */
            by: string;
            /**
             * Format: int64
             * @description Number of the finding, if it is one of this console.
             */
            finding?: number | null;
            /** @description Keccak-256 of the document, or of the canonical finding. */
            hash: string;
            /** @description What it is and where it is found. */
            reference: string;
        };
        /** @description A notice to an organisation. */
        CaseNotice: {
            /** @description When. */
            at: string;
            /** @description Who sent it. */
            by: string;
            /**
             * Format: int64
             * @description The case.
             */
            case: number;
            /** @description Until when the organisation has to reply. */
            deadline: string;
            /**
             * Format: int64
             * @description Its number.
             */
            id: number;
            /** @description Whether the deadline passed without a reply. */
            isLate: boolean;
            /** @description The organisation. */
            organisation: string;
            /** @description Its name. */
            organisationName?: string | null;
            reply?: components["schemas"]["NoticeReply"] | null;
            /** @description What it is about. */
            subject: string;
            /** @description The text, if this console holds it: it has this hash. */
            text?: string | null;
            /** @description Keccak-256 of the text. */
            textHash: string;
        };
        /**
         * @description Whether a case is open.
         * @enum {string}
         */
        CaseState: "open" | "closed";
        /**
         * @description What happened in a case.
         * @enum {string}
         */
        CaseStep: "opened" | "evidence" | "ordered" | "approved" | "attested" | "executed" | "done" | "overdue" | "withdrawn" | "notified" | "replied" | "closed";
        /** @description A case in a list. */
        CaseSummary: {
            /** @description When it was closed. */
            closedAt?: string | null;
            /**
             * Format: int64
             * @description Commands.
             */
            commands: number;
            /**
             * Format: int64
             * @description Pieces of evidence.
             */
            evidence: number;
            /**
             * Format: int64
             * @description Its number.
             */
            id: number;
            /** @description The legal basis. */
            legalBasis: string;
            /**
             * Format: int64
             * @description Notices.
             */
            notices: number;
            /** @description When it was opened. */
            openedAt: string;
            /** @description Who opened it. */
            openedBy: string;
            /** @description Whether it is open. */
            state: components["schemas"]["CaseState"];
            /** @description Whom it is about: an account (CAIP-10), a DID, or a chain (CAIP-2). */
            subject: string;
            /** @description Its title. */
            title: string;
        };
        /** @description How long a certificate holds. */
        CertificateLife: {
            /** @description Until when. */
            notAfter: string;
            /**
             * Format: int64
             * @description Seconds until then; negative after it.
             */
            secondsLeft: number;
        };
        /** @description A validator of the epoch of a certificate. */
        CertificateValidator: {
            /** @description Its name. */
            name: string;
            /** @description Its key. */
            publicKey: string;
            /** @description Whether it signed. */
            signed: boolean;
        };
        /** @description A business chain. */
        Chain: {
            /** @description Whether a rejection was appealed. */
            appealed: boolean;
            /** @description Until when a rejection can be appealed. */
            appealUntil?: string | null;
            /** @description CAIP-2. */
            caip2: string;
            /**
             * Format: int64
             * @description Height of the last change of status.
             */
            changedAt: number;
            /** @description Legal name of the company. */
            company: string;
            /** @description How it orders. */
            consensus: string;
            /** @description Whom to ask. */
            contact: string;
            /** @description Hash of the documents of the registration. */
            documents: string;
            /** @description Address of its interface; text of strangers. */
            endpoint: string;
            /** @description Whether an overdue review was reported. */
            escalated: boolean;
            /**
             * Format: int32
             * @description Grade of the most sensitive data on it, 1 (public) to 4.
             */
            grade: number;
            /** @description Its id: keccak256 of `caip2`. */
            id: string;
            /** @description Native, Evm, Fabric, CometBft or Other. */
            kind: string;
            /** @description Its name. */
            name: string;
            /** @description The organisation that operates it. */
            operator: string;
            /** @description Its name. */
            operatorName?: string | null;
            /** @description What it is for. */
            purpose: string;
            /** @description When it was registered. */
            registeredAt: string;
            /** @description Who registered it. */
            registrant: string;
            /** @description By when the review is to be decided. */
            reviewDue?: string | null;
            /** @description Who last took up or decided the review. */
            reviewer?: string | null;
            /** @description Registered, UnderReview, Active, Rejected, Frozen or Cancelled. */
            status: string;
        };
        /** @description What happened in a stretch of time. */
        ChainActivity: {
            /**
             * Format: int64
             * @description Those that failed.
             */
            failed: number;
            /**
             * Format: int64
             * @description Payments.
             */
            payments: number;
            /**
             * Format: int64
             * @description Transactions.
             */
            transactions: number;
            /**
             * Format: int64
             * @description Payments whose payer has no verified identity.
             */
            unverified: number;
        };
        /** @description A batch of blocks of a chain that was agreed on. */
        ChainAnchor: {
            /**
             * Format: int32
             * @description Gateways that said the same until now.
             */
            agreed: number;
            /** @description When. */
            at: string;
            /** @description Root over blocks, transactions and events. */
            blocksRoot: string;
            /** @description Hash over it and all batches before. */
            digest: string;
            /**
             * Format: int64
             * @description Events in it.
             */
            events: number;
            /**
             * Format: int64
             * @description First block.
             */
            fromHeight: number;
            /**
             * Format: int64
             * @description Height of the main ledger at which it was agreed on.
             */
            height: number;
            /** @description Hash of the last block. */
            lastHash: string;
            /**
             * Format: int64
             * @description Its number, from 0.
             */
            number: number;
            /**
             * Format: int64
             * @description Last block.
             */
            toHeight: number;
            /**
             * Format: int64
             * @description Transactions in it.
             */
            transactions: number;
        };
        /** @description A change of status. */
        ChainChange: {
            /** @description By whom. */
            actor: string;
            /** @description When. */
            at?: string | null;
            /** @description Before. */
            from: string;
            /** @description Why. */
            reason: string;
            /** @description After. */
            to: string;
            /** @description The transaction. */
            transaction?: string | null;
        };
        /** @description A business chain with its reviews, trust roots and history. */
        ChainDetail: components["schemas"]["Chain"] & {
            following?: components["schemas"]["Following"] | null;
            /** @description Changes of status, oldest first. */
            history: components["schemas"]["ChainChange"][];
            /** @description Decisions, oldest first. */
            reviews: components["schemas"]["Review"][];
            /** @description What its messages are verified against, newest first. */
            trustRoots: components["schemas"]["TrustRoot"][];
        };
        /** @description Commands to a chain. */
        ChainFigures: {
            /** @description The chain. */
            chain: components["schemas"]["CaseChain"];
            /**
             * Format: int64
             * @description Done.
             */
            done: number;
            /**
             * Format: int64
             * @description Seconds from approval to effect, at most.
             */
            effectSecondsMax?: number | null;
            /**
             * Format: int64
             * @description Seconds from approval to effect, in the middle.
             */
            effectSecondsMedian?: number | null;
            /**
             * Format: int64
             * @description Waiting for their effect.
             */
            inForce: number;
            /**
             * Format: int64
             * @description Done, but only after their deadline.
             */
            late: number;
            /**
             * Format: int64
             * @description Ordered.
             */
            ordered: number;
            /**
             * Format: int64
             * @description Overdue.
             */
            overdue: number;
        };
        /** @description What may flow from one chain to another: through the same people. */
        ChainFlow: {
            /** @description The chain on which those people received. */
            from: string;
            /**
             * Format: int64
             * @description Identities with accounts on both.
             */
            identities: number;
            /**
             * Format: int64
             * @description Payments that they made on the other.
             */
            paid: number;
            /** @description Of what they paid. */
            paidAssets: components["schemas"]["AssetMoved"][];
            /**
             * Format: int64
             * @description Payments that they received on the one.
             */
            received: number;
            /** @description Of what they received. */
            receivedAssets: components["schemas"]["AssetMoved"][];
            /** @description The chain on which they paid. */
            to: string;
        };
        /**
         * @description How a chain is.
         * @enum {string}
         */
        ChainHealth: "well" | "lagging" | "silent" | "faulty" | "unseen";
        /**
         * @description Whose chain it is.
         * @enum {string}
         */
        ChainKind: "main" | "partition" | "followed" | "registered";
        /** @description What an account is asked to prove. */
        ChallengeRequest: {
            /** @description `0x…`, or CAIP-10 `eip155:CHAIN:0x…`. */
            account: string;
            /**
             * Format: int64
             * @description The chain that the wallet is on.
             */
            chainId?: number | null;
        };
        /** @description Before and after. */
        Change: {
            /** @description After; none if nothing is left. */
            after?: string | null;
            /** @description Before; none if there was nothing. */
            before?: string | null;
        };
        /** @description A health check. */
        Check: {
            /** @description The figure, or what is wrong. */
            detail: string;
            /**
             * @description `answers`, `process`, `height`, `peers`, `votes`, `certificate`, `disk`, `time`, `memoryPool`, `version` of a node; `database`,
             *     `node`, `indexer`, `disk` of the console.
             */
            name: string;
            /** @description Whether it is good. */
            ok: boolean;
        };
        /**
         * @description What a command does.
         * @enum {string}
         */
        CommandAction: "freezeChain" | "liftChain" | "freezeContract" | "liftContract" | "freezeAccount" | "liftAccount" | "freezeIdentity" | "liftIdentity";
        /** @description Where a command was carried out on its chain. */
        CommandExecution: {
            /** @description When. */
            at: string;
            /**
             * Format: int64
             * @description The block.
             */
            block: number;
            /** @description The ledger, as the explorer names it. */
            ledger: string;
            /** @description The transaction. */
            transaction: string;
        };
        /**
         * @description How a command is enforced.
         * @enum {string}
         */
        CommandLevel: "isolation" | "hook";
        /**
         * @description How far a command is.
         * @enum {string}
         */
        CommandState: "ordered" | "inForce" | "done" | "overdue" | "withdrawn";
        /** @description Words to an acknowledgement. */
        Comment: {
            /** @description The words. */
            comment?: string;
        };
        /** @description A release of the Solidity compiler. */
        CompilerRelease: {
            /** @description Whether it compiles at once. Otherwise its first use makes it ready, which takes about a minute. */
            ready: boolean;
            /** @description Its version, with the commit. */
            version: string;
        };
        /** @description The compilers that are here. */
        Compilers: {
            /** @description The folder that they are looked for in; only for who runs the console. */
            folder?: string | null;
            /** @description The releases, the newest first. */
            items: components["schemas"]["CompilerRelease"][];
            /** @description Files that look like compilers, but cannot be used; only for who runs the console. */
            unusable: components["schemas"]["UnusableCompiler"][];
        };
        /**
         * @description What nodes do with words on a ledger.
         * @enum {string}
         */
        ContentMode: "off" | "flag" | "refuse";
        /** @description Governance of content at a glance. */
        ContentOverview: {
            /** @description Why the file cannot be used. */
            fault?: string | null;
            /** @description Hash of that. */
            fileHash?: string | null;
            /**
             * Format: int32
             * @description The version that its file holds.
             */
            fileVersion?: number | null;
            /**
             * Format: int64
             * @description Height of the main ledger.
             */
            height: number;
            /**
             * Format: int32
             * @description The version in force; 0 if there is none.
             */
            inForce: number;
            /** @description What is done on the own ledgers. Foreign chains are always searched, and nothing is refused there. */
            ledgers: components["schemas"]["LedgerMode"][];
            /** @description How this console stands to the version in force. */
            standing: components["schemas"]["ThesaurusStanding"];
            /** @description Versions, newest first. */
            versions: components["schemas"]["ThesaurusVersion"][];
        };
        /** @description A contract. */
        ContractDetail: components["schemas"]["ContractSummary"] & {
            /** @description Its ABI, as compilers write it; none if it is not known. */
            abi?: unknown;
            /** @description What it owns of the ledger's coin, in wei. */
            balance?: string | null;
            /**
             * Format: int64
             * @description Bytes of its code.
             */
            codeBytes?: number | null;
            freeze?: components["schemas"]["Freeze"] | null;
            /** @description Its source: compiler, settings, `sources` by path; none if nobody gave it. */
            source?: unknown;
            /** @description `Active`, `Frozen` or `Retired`. */
            status?: string | null;
        };
        /** @description What is known about the source of a contract. */
        ContractSource: {
            /** @description When. */
            at?: string | null;
            /** @description Who verified the source or gave the ABI. */
            by?: string | null;
            /** @description The release that the code on the ledger names. */
            codeCompiler?: string | null;
            /** @description Whether the code on the ledger carries a hash of its metadata, and so of each byte of its source. */
            codeHashed: boolean;
            /** @description The release that compiled the source. */
            compiler?: string | null;
            /** @description What the constructor was given. */
            constructorArguments: components["schemas"]["Argument"][];
            /** @description `path:Name` of the contract. */
            contract?: string | null;
            /**
             * @description Whether the code of the constructor fits too: `full` or `partial`; none where no transaction created the contract, or
             *     its code does not fit.
             */
            creation?: string | null;
            /** @description Libraries that the code is linked to, by `path:Name`. */
            libraries: {
                [key: string]: string;
            };
            /** @description The settings of the compiler. */
            settings?: unknown;
            /** @description The files: texts by path. */
            sources: {
                [key: string]: string;
            };
            /**
             * @description `full`: the code is that of the source, with the hash of its metadata. `partial`: it is but for that hash. `given`:
             *     somebody gave an ABI, no source is verified. `none`: nothing is known.
             */
            state: string;
        };
        /** @description A contract in a list. */
        ContractSummary: {
            /** @description Whether its ABI is known. */
            abiKnown: boolean;
            /** @description Its address. */
            address: string;
            /** @description Hash of its code. */
            codeHash?: string | null;
            /**
             * Format: int64
             * @description Height at which it was deployed.
             */
            createdAt?: number | null;
            /** @description Who deployed it. */
            creator?: string | null;
            /** @description `system`, `token` or `contract`. */
            kind: string;
            /** @description Its name. */
            name?: string | null;
            /** @description The transaction that deployed it. */
            transaction?: string | null;
        };
        /** @description How many there are of what. */
        Counts: {
            /**
             * Format: int64
             * @description Accounts that were seen.
             */
            accounts: number;
            /**
             * Format: int64
             * @description Blocks of all ledgers.
             */
            blocks: number;
            /**
             * Format: int64
             * @description Business chains.
             */
            chains: number;
            /**
             * Format: int64
             * @description Contracts that were deployed.
             */
            contracts: number;
            /**
             * Format: int64
             * @description Identities.
             */
            identities: number;
            /**
             * Format: int64
             * @description Nodes.
             */
            nodes: number;
            /**
             * Format: int64
             * @description Organisations.
             */
            organisations: number;
            /**
             * Format: int64
             * @description Proposals.
             */
            proposals: number;
            /**
             * Format: int64
             * @description Roles.
             */
            roles: number;
            /**
             * Format: int64
             * @description Tokens.
             */
            tokens: number;
            /**
             * Format: int64
             * @description Transactions of all ledgers.
             */
            transactions: number;
        };
        /** @description Findings of a day of a back-test. */
        DayCount: {
            /**
             * Format: int64
             * @description How many.
             */
            count: number;
            /** @description The beginning of the day (UTC). */
            day: string;
        };
        /** @description The call of a function. */
        DecodedCall: {
            /** @description The contract. */
            address: string;
            /** @description Its arguments. */
            arguments: components["schemas"]["Argument"][];
            /** @description Name of the contract. */
            contract?: string | null;
            /** @description The function. */
            function: string;
            /** @description Its signature. */
            signature: string;
        };
        /** @description Why a call failed. */
        DecodedError: {
            /** @description Its arguments. */
            arguments: components["schemas"]["Argument"][];
            /** @description In words. */
            message: string;
            /** @description Name of the error; `Error` for a plain text. */
            name: string;
        };
        /** @description A transaction in which an account of the identity took part. */
        Deed: {
            /** @description The accounts of the identity that took part. */
            accounts: string[];
            /** @description Whether it is a chain that is not the city's own: what it tells is attested, not proven. */
            isForeign: boolean;
            /** @description The ledger or chain. */
            ledger: string;
            /** @description The transaction. */
            transaction: components["schemas"]["TransactionSummary"];
            /** @description What it moved of tokens from or to these accounts, newest first, at most ten. */
            transfers: components["schemas"]["Transfer"][];
        };
        /** @description A page of what the accounts of an identity did, newest first. */
        DeedPage: {
            /** @description The items. */
            items: components["schemas"]["Deed"][];
            /** @description Ledgers and chains in the index on which the identity has accounts, by name. */
            ledgers: string[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
            /** @description Bound accounts (CAIP-10) of which nothing is in the index: their chain is not there, or is not read by addresses. */
            unseen: string[];
        };
        /** @description What is wrong with a node. */
        Diagnosis: {
            /** @description Why, in the language of the request. */
            cause: string;
            /** @description Names the fault; stable. */
            code: string;
            /** @description What to do, in the language of the request. */
            cure: string;
            /** @description `critical`, `warning` or `info`. */
            severity: string;
        };
        /** @description An event (log) of a contract. */
        Event: {
            /** @description The contract. */
            address: string;
            /** @description Its arguments, if its ABI is known. */
            arguments: components["schemas"]["Argument"][];
            /** @description Time of its block. */
            at?: string | null;
            /**
             * Format: int64
             * @description Height of its block.
             */
            block: number;
            /** @description Name of the contract. */
            contractName?: string | null;
            /** @description Data. */
            data: string;
            /**
             * Format: int64
             * @description Its place in the block.
             */
            index: number;
            /** @description Name of the event, if its ABI is known. */
            name?: string | null;
            /** @description Topics. */
            topics: string[];
            /** @description Its transaction. */
            transaction: string;
        };
        /** @description An account that anybody can sign in with, in a development city. */
        ExampleAccount: {
            /** @description The account. */
            account: string;
            /** @description Its identity, as a DID. */
            identity?: string | null;
            /** @description Its number under the mnemonic that everybody knows. */
            index: number;
            /** @description How who signs in with it mostly uses the console. */
            personas: components["schemas"]["Persona"][];
            /** @description What who signs in with it may do. */
            rights: components["schemas"]["Right"][];
            /** @description Roles in force. */
            roles: components["schemas"]["HeldRole"][];
        };
        /** @description Findings of a day. */
        FindingDay: {
            /** @description By severity: notice, warning, high, critical. */
            counts: number[];
            /** @description The beginning of the day (UTC). */
            day: string;
        };
        /** @description A finding. */
        FindingDetail: {
            /** @description The event that was judged. */
            event: components["schemas"]["FindingEvidence"];
            /** @description The newest events behind it. */
            evidence: components["schemas"]["FindingEvidence"][];
            /** @description Figures against limits. */
            figures: components["schemas"]["FindingFigure"][];
            /** @description What was done about it. */
            history: components["schemas"]["SupervisionAct"][];
            /** @description On what basis it was looked for. */
            legalBasis: string;
            /** @description As in a list. */
            summary: components["schemas"]["FindingSummary"];
            /**
             * Format: int64
             * @description Matches about the same subject before it, within the rule's cooldown.
             */
            suppressed: number;
        };
        /** @description A finding as evidence: whoever computes Keccak-256 of the document's UTF-8 gets the hash. */
        FindingDocument: {
            /** @description The finding as JSON without spaces, names in order (RFC 8785). */
            document: string;
            /** @description Keccak-256 of the document. */
            hash: string;
            /** @description How evidence refers to it. */
            reference: string;
            /** @description Whom a case would be about: an account (CAIP-10), a DID, or a chain (CAIP-2). */
            subject: string;
        };
        /** @description An event behind a finding. */
        FindingEvidence: {
            /** @description The id of the event. */
            event: string;
            /**
             * Format: int64
             * @description The block.
             */
            height?: number | null;
            /** @description The ledger. */
            ledger: string;
            /** @description The transaction, where the event is of one. */
            transaction?: string | null;
        };
        /** @description A figure against its limit. */
        FindingFigure: {
            /** @description `≥`, `>`, `=`, `≠`, `<`, `≤`. */
            comparison: string;
            /** @description What was measured, as the rule says it. */
            expression: string;
            /** @description What it was compared with. */
            limit: string;
            /** @description What it was. */
            value: string;
        };
        /** @description Findings of a rule on a ledger. */
        FindingFigures: {
            /**
             * Format: int64
             * @description How many.
             */
            count: number;
            /**
             * Format: int64
             * @description How many of them were dismissed.
             */
            dismissed: number;
            /** @description The ledger. */
            ledger: string;
            /** @description Whether the rule counts or is on trial. */
            mode: components["schemas"]["RuleMode"];
            /** @description The rule. */
            rule: string;
            /** @description How grave. */
            severity: components["schemas"]["FindingSeverity"];
        };
        /**
         * @description How grave a finding is.
         * @enum {string}
         */
        FindingSeverity: "notice" | "warning" | "high" | "critical";
        /**
         * @description What a finding has become.
         * @enum {string}
         */
        FindingState: "open" | "dismissed";
        /** @description A finding in a list. */
        FindingSummary: {
            /** @description When that happened. */
            at: string;
            /** @description When it was found. */
            foundAt: string;
            /** @description The ledger of the event that was judged. */
            ledger: string;
            /** @description Whether it counts, or the rule was on trial. */
            mode: components["schemas"]["RuleMode"];
            /**
             * Format: int64
             * @description Its number.
             */
            number: number;
            /** @description The rule. */
            rule: string;
            /** @description How grave. */
            severity: components["schemas"]["FindingSeverity"];
            /** @description What it has become. */
            state: components["schemas"]["FindingState"];
            /** @description Whom or what it is about. */
            subject: string;
            /** @description What happened. */
            text: components["schemas"]["BothLanguages"];
            /** @description What the rule is called. */
            title: components["schemas"]["BothLanguages"];
            /**
             * Format: int32
             * @description Its version.
             */
            version: number;
        };
        /** @description What one account gave to another, of one token or of the ledger's coin. */
        Flow: {
            /** @description How much in all, in the smallest unit; of tokens that are each unique, how many. */
            amount: string;
            /**
             * Format: int64
             * @description Movements.
             */
            count: number;
            /**
             * Format: int64
             * @description Height of the first of these movements.
             */
            firstBlock: number;
            /** @description Who gave; the zero address where tokens were made. */
            from: string;
            /** @description Its name. */
            fromName?: string | null;
            /**
             * Format: int64
             * @description Height of the last one.
             */
            lastBlock: number;
            /** @description Who got; the zero address where tokens were burnt. */
            to: string;
            token?: components["schemas"]["TokenBrief"] | null;
            /** @description Its name. */
            toName?: string | null;
        };
        /** @description What moved between accounts of a ledger. */
        Flows: {
            /**
             * Format: int64
             * @description Height from which on everything was looked at; none if nothing was left out. Older movements are beyond what one answer looks at.
             */
            completeFrom?: number | null;
            /** @description By pair and token, those with the most movements first, at most 200. */
            items: components["schemas"]["Flow"][];
            /**
             * Format: int64
             * @description Pairs that are left out for their small number of movements.
             */
            leftOut: number;
        };
        /** @description How gateways follow a chain. */
        Following: {
            /**
             * Format: int32
             * @description Blocks of a batch.
             */
            batchBlocks: number;
            /**
             * Format: int64
             * @description Batches that were agreed on.
             */
            batches: number;
            /**
             * Format: int64
             * @description Blocks above a final one, for `Depth`.
             */
            depth: number;
            /** @description Instant, Finalized or Depth. */
            finality: string;
            /** @description What each gateway said until now. */
            gateways: components["schemas"]["GatewayStanding"][];
            /** @description Hash of the last anchored block. */
            lastHash: string;
            /** @description Name of its ledger in the explorer; none while nothing of it is indexed. */
            ledger?: string | null;
            /**
             * Format: int64
             * @description First block of the next batch.
             */
            nextHeight: number;
            proven?: components["schemas"]["ProvenHeaders"] | null;
            /** @description When it began; none while the index has not seen it. */
            since?: string | null;
            /** @description Hash of that block. */
            startHash: string;
            /**
             * Format: int64
             * @description Height of the trust root: the first batch begins after it.
             */
            startHeight: number;
            /**
             * Format: int32
             * @description Gateways that must say the same.
             */
            threshold: number;
            /** @description The transaction by which it began. */
            transaction?: string | null;
        };
        /** @description How good a forecast was on figures that were held back. */
        ForecastTrial: {
            /**
             * Format: double
             * @description Share that it was made to hold.
             */
            coverage: number;
            /**
             * Format: double
             * @description Share of the figures that the band held.
             */
            covered: number;
            /**
             * Format: double
             * @description Mean absolute error of one step.
             */
            error: number;
            /** @description `last`, `seasonAgo`, `holt`, `holtWinters`. */
            method: string;
            /**
             * Format: double
             * @description The same of whoever says that the next figure is the last one.
             */
            naiveError: number;
            /**
             * Format: int64
             * @description Figures that were held back.
             */
            points: number;
        };
        /** @description A freeze. */
        Freeze: {
            /** @description When. */
            at: string;
            /** @description Who froze it. */
            by: string;
            /** @description Why. */
            reason: string;
            /** @description When it lapses by itself. */
            until?: string | null;
        };
        /** @description What a gateway did instead of giving what was anchored. */
        GatewayRefusal: {
            /**
             * Format: int64
             * @description First block of the batch that it was asked for.
             */
            fromHeight: number;
            /** @description Its address. */
            gateway: string;
            /** @description Whether it gave something else than what was anchored; otherwise it had or said nothing. */
            isFalse: boolean;
            /** @description What was wrong. */
            reason: string;
        };
        /** @description What a gateway of a chain said until now. */
        GatewayStanding: {
            /** @description Its account. */
            account: string;
            /**
             * Format: int64
             * @description Batches that it has not spoken about since it last did.
             */
            behind?: number | null;
            /**
             * Format: int64
             * @description Batches in which it said something else.
             */
            contradictions?: number | null;
            /** @description The organisation that answers for it. */
            organisation: string;
            /** @description Its name. */
            organisationName?: string | null;
            /**
             * Format: int64
             * @description Batches in which it said what was agreed on; none if no node answers.
             */
            reports?: number | null;
        };
        /** @description A grant of a role. */
        Grant: {
            /** @description Whether its holder may delegate it. */
            delegable: boolean;
            /** @description Until when. */
            expiry?: string | null;
            /** @description Who made it. */
            granter: string;
            /**
             * Format: int64
             * @description Height at which it was made.
             */
            height: number;
            /**
             * Format: int64
             * @description Its number.
             */
            id: number;
            /**
             * Format: int64
             * @description The grant that it was delegated from.
             */
            parent?: number | null;
            /** @description The role. */
            role: string;
            /** @description Name of the role. */
            roleName?: string | null;
            /** @description Where it holds. */
            scope: components["schemas"]["Scope"];
            /** @description What it is worth now. */
            status: string;
            /** @description Who holds it: an account, or the id of an identity. */
            subject: string;
            /** @description `account` or `identity`. */
            subjectKind: string;
            /** @description What people call the holder. */
            subjectName?: string | null;
        };
        /** @description A share that an office handed over. */
        HandedShare: {
            /** @description The account that handed it over. */
            account: string;
            /** @description When. */
            at: string;
            /** @description The office. */
            office: string;
            /** @description Its name. */
            officeName?: string | null;
        };
        /** @description Whether the console works. */
        Health: {
            /** @description Name of the city. */
            city: string;
            /** @description The parts. */
            parts: components["schemas"]["HealthPart"][];
            /** @description `ok`, or `degraded` when a part does not work. */
            status: string;
            /** @description Version of the program. */
            version: string;
        };
        /** @description A part of the console. */
        HealthPart: {
            /** @description What is wrong, or a figure. */
            detail: string;
            /** @description `database`, `node`, `indexer`, `disk`. */
            name: string;
            /** @description Whether it works. */
            ok: boolean;
        };
        /** @description A role that somebody holds. */
        HeldRole: {
            /** @description Until when. */
            expiry?: string | null;
            /**
             * Format: int64
             * @description The grant.
             */
            grant: number;
            /** @description Name of the role. */
            role: string;
            /** @description Where it holds, in words. */
            scope: string;
        };
        /** @description Who holds how much. */
        Holder: {
            /** @description The account. */
            account: string;
            /** @description How much. */
            amount: string;
            /** @description Its name. */
            name?: string | null;
            /** @description Which one, of tokens that are not all alike. */
            tokenId?: string | null;
        };
        /** @description An identity. */
        IdentityDetail: {
            /** @description Bound accounts (CAIP-10). */
            accounts: string[];
            /** @description Salted commitments to data that is kept elsewhere. */
            commitments: string[];
            /** @description Parties that change the document. */
            controllers: components["schemas"]["Party"][];
            /** @description When it was created. */
            createdAt: string;
            /** @description Its DID. */
            did: string;
            /** @description Its document (W3C DID Core). */
            document: unknown;
            /** @description Its statuses, oldest first. */
            history: components["schemas"]["StatusChange"][];
            /** @description Its id. */
            id: string;
            /** @description Person, Organisation, Node or Thing. */
            kind: string;
            /** @description Its keys. */
            methods: components["schemas"]["IdentityMethod"][];
            /** @description The organisation that vouches for it. */
            organisation?: string | null;
            /** @description Name of that organisation. */
            organisationName?: string | null;
            /** @description How it is recovered. */
            recovery: components["schemas"]["Recovery"];
            /** @description Where it can be reached. */
            services: components["schemas"]["Service"][];
            /** @description Active, Frozen or Cancelled. */
            status: string;
            /**
             * Format: int64
             * @description Changes so far.
             */
            version: number;
        };
        /** @description A key of an identity. */
        IdentityMethod: {
            /** @description Its name in the document. */
            fragment: string;
            /** @description The key. */
            key: string;
            /** @description Secp256k1, P256 or Ed25519. */
            keyType: string;
            /** @description What it is for: authentication, assertionMethod, keyAgreement, capabilityInvocation, capabilityDelegation. */
            purposes: string[];
            /** @description From when on. */
            validFrom: string;
            /** @description Until when. */
            validUntil?: string | null;
        };
        /** @description An identity in a list. */
        IdentitySummary: {
            /**
             * Format: int64
             * @description Bound accounts.
             */
            accounts: number;
            /** @description When it was created. */
            createdAt: string;
            /** @description Its DID. */
            did: string;
            /** @description Its id. */
            id: string;
            /** @description Person, Organisation, Node or Thing. */
            kind: string;
            /** @description The organisation that vouches for it. */
            organisation?: string | null;
            /** @description Name of that organisation. */
            organisationName?: string | null;
            /** @description Active, Frozen or Cancelled. */
            status: string;
        };
        /** @description Parameters of `query`. */
        InstantParameters: {
            /** @description A query in PromQL. */
            query: string;
            /** @description When: seconds since 1970, or ISO 8601. Now, where it is absent. */
            time?: string | null;
        };
        /** @description How far a ledger has been judged. */
        JudgedLedger: {
            /**
             * Format: int64
             * @description The last block in the index.
             */
            indexed?: number | null;
            /**
             * Format: int64
             * @description The last block that was judged.
             */
            judged?: number | null;
            /** @description The ledger. */
            ledger: string;
        };
        /** @description A text that was kept. */
        KeptText: {
            /** @description Keccak-256 of its UTF-8. */
            hash: string;
        };
        /** @description One ledger. */
        LedgerDetail: components["schemas"]["LedgerSummary"] & {
            /** @description Who may transact, `City` or `Role`; none for the main ledger. */
            access?: string | null;
            /**
             * Format: int64
             * @description Height of the main ledger at which its status changed last.
             */
            changedAt?: number | null;
            /**
             * Format: int64
             * @description Height of the main ledger at which it was created.
             */
            createdAt?: number | null;
            /**
             * Format: int64
             * @description The epoch whose validators order now.
             */
            epoch?: number | null;
            /** @description Its members; for the main ledger the validators of the epoch. */
            members: components["schemas"]["LedgerMember"][];
            parameters?: components["schemas"]["LedgerParameters"] | null;
        };
        /** @description A member of a ledger. */
        LedgerMember: {
            /** @description Key of the node. */
            key: string;
            /** @description Its name. */
            name?: string | null;
            /** @description Whether it has proved that it is ready to order. */
            ready?: boolean | null;
            /** @description What it does there. */
            role: string;
        };
        /** @description What is done on a ledger. */
        LedgerMode: {
            /**
             * Format: int64
             * @description Its chain id.
             */
            chainId: number;
            /** @description Its name. */
            ledger: string;
            /** @description What counts now. */
            mode: components["schemas"]["ContentMode"];
            next?: components["schemas"]["ContentMode"] | null;
            /**
             * Format: int64
             * @description The first height of the main ledger at which it does.
             */
            nextHeight?: number | null;
        };
        /** @description Parameters of a ledger. */
        LedgerParameters: {
            /**
             * Format: int64
             * @description Price of gas in wei.
             */
            baseFee: number;
            /**
             * Format: int64
             * @description Gas limit of a block.
             */
            blockGasMax: number;
            /**
             * Format: int64
             * @description Milliseconds between two blocks while there is work.
             */
            blockIntervalMs: number;
            /**
             * Format: int64
             * @description Heights of an epoch.
             */
            epochBlocks: number;
            /**
             * Format: int64
             * @description Milliseconds after which an idle ledger makes an empty block.
             */
            heartbeatMs: number;
            /**
             * Format: int64
             * @description Milliseconds after which validators give up waiting for a leader.
             */
            leaderTimeoutMs: number;
            /** @description How payloads are ordered. */
            ordering?: string | null;
            /**
             * Format: int32
             * @description Bytes of transactions in a payload, at most.
             */
            payloadBytesMax: number;
            /**
             * Format: int32
             * @description Transactions in a payload, at most.
             */
            payloadTransactionsMax: number;
            /** @description What the state root of a header is. */
            stateCommitment: string;
            /**
             * Format: int32
             * @description Bytes of one transaction, at most.
             */
            transactionBytesMax: number;
        };
        /** @description A ledger in a list. */
        LedgerSummary: {
            attestation?: components["schemas"]["Attestation"] | null;
            /**
             * Format: double
             * @description Milliseconds from block to block in the last minute.
             */
            blockIntervalMs?: number | null;
            /**
             * Format: int64
             * @description Its chain id; 0 if it has no number.
             */
            chainId: number;
            /**
             * Format: double
             * @description Milliseconds from a payload's proposal until it is final, the median of the last minutes.
             */
            finalityMs?: number | null;
            /**
             * Format: int64
             * @description Height that its nodes have, or of a foreign chain the height that is anchored; none if no node answers.
             */
            height?: number | null;
            /**
             * Format: int64
             * @description Height up to which the console has read it.
             */
            indexed: number;
            /** @description `own`, or `foreign` for a chain that is not the city's own. */
            kind: string;
            /**
             * Format: int64
             * @description Blocks that the console is behind.
             */
            lag: number;
            /** @description Time of the newest block. */
            lastBlockAt?: string | null;
            /** @description Its name; `main` for the main ledger, CAIP-2 for a foreign chain. */
            name: string;
            /**
             * Format: int64
             * @description Waiting transactions; none if no node answers.
             */
            pending?: number | null;
            /** @description `Active`, `Frozen` or `Closed`. */
            status: string;
            /**
             * Format: int64
             * @description Transactions since the genesis.
             */
            transactions: number;
            /**
             * Format: double
             * @description Transactions a second in the last minute.
             */
            transactionsPerSecond?: number | null;
        };
        /** @description A link between two nodes. */
        Link: {
            /** @description A node. */
            a: string;
            /** @description The other. */
            b: string;
            /** @description Whether it stands. */
            up: boolean;
        };
        /**
         * @description How grave a line is, from the least.
         * @enum {string}
         */
        LogLevel: "trace" | "debug" | "info" | "warn" | "error";
        /** @description One line of a log, the newest first in lists. */
        LogLine: {
            /** @description Tells this line from all others, stable over restarts. */
            id: string;
            /** @description How grave. */
            level: components["schemas"]["LogLevel"];
            /** @description The text. Hostile bytes are replaced; it is text, never markup. */
            message: string;
            /** @description The node, or other source of lines. */
            node: string;
            /** @description The part of the program that wrote it; empty where the line does not say. */
            target: string;
            /** @description When it was written, or read where the line does not say. */
            time: components["schemas"]["Time"];
        };
        /** @description A key that was just made. */
        MadeApiKey: {
            /** @description What is kept of it. */
            key: components["schemas"]["ApiKey"];
            /** @description The key itself, shown this once: `Authorization: Bearer SECRET`. */
            secret: string;
        };
        /**
         * @description How a mail server is spoken to.
         * @enum {string}
         */
        MailSecurity: "tls" | "startTls" | "none";
        /** @description What the city knows of who asks. */
        Me: {
            /** @description The account of the session. */
            account?: string | null;
            identity?: components["schemas"]["IdentityDetail"] | null;
            /** @description Roles in force. */
            roles: components["schemas"]["HeldRole"][];
            /** @description Openings of the own record, and other things that happened to the identity. */
            timeline: components["schemas"]["TimelineEntry"][];
        };
        /**
         * @description The language of messages.
         * @enum {string}
         */
        MessageLanguage: "zh" | "en";
        /**
         * @description How somebody signed in.
         * @enum {string}
         */
        Method: "account" | "oidc" | "passkey" | "link" | "apiKey";
        /** @description Ways to sign in. */
        Methods: {
            /** @description With an account. */
            account: boolean;
            /** @description With the identity provider of this name. */
            oidc?: string | null;
            /** @description With a passkey. */
            passkey: boolean;
        };
        /** @description What a query found. */
        MetricData: {
            /** @description A number: `[seconds, "value"]`. */
            result: components["schemas"]["Point"];
            /** @enum {string} */
            resultType: "scalar";
        } | {
            /** @description Series at one moment. */
            result: components["schemas"]["MetricSample"][];
            /** @enum {string} */
            resultType: "vector";
        } | {
            /** @description Series over time. */
            result: components["schemas"]["MetricSeries"][];
            /** @enum {string} */
            resultType: "matrix";
        };
        /** @description A series at one moment. */
        MetricSample: {
            /** @description Which series. */
            metric: components["schemas"]["BTreeMap"];
            /** @description Its value: `[seconds, "value"]`. */
            value: unknown[];
        };
        /** @description A series over time. */
        MetricSeries: {
            /** @description Which series. */
            metric: components["schemas"]["BTreeMap"];
            /** @description Its values, by time: `[seconds, "value"]` each. */
            values: unknown[][];
        };
        /** @description An organisation that can still vote. */
        MissingVote: {
            /** @description The organisation. */
            organisation: string;
            /** @description Its name. */
            organisationName: string;
        };
        /** @description Parameters of a ledger. */
        NamedLedgerParameters: {
            /**
             * Format: int64
             * @description Its chain id.
             */
            chainId: number;
            /** @description Its name. */
            name: string;
            /** @description What its next block is made by. */
            parameters: components["schemas"]["LedgerParameters"];
        };
        /** @description A list. */
        NamedListDetail: {
            /** @description Accounts, identities, names. */
            entries: string[];
            /** @description What was done to it. */
            history: components["schemas"]["SupervisionAct"][];
            /** @description As in the list of lists. */
            summary: components["schemas"]["NamedListSummary"];
        };
        /** @description A list in a list. */
        NamedListSummary: {
            /** @description When. */
            changedAt: string;
            /** @description Who changed it last. */
            changedBy: string;
            /**
             * Format: int64
             * @description Its entries.
             */
            count: number;
            /** @description Its name, as rules call it. */
            name: string;
            /**
             * Format: int64
             * @description Rises with each change.
             */
            version: number;
        };
        /** @description What a new key shall be. */
        NewApiKey: {
            /**
             * Format: int32
             * @description Days until it ends, 1 to 366.
             */
            days: number;
            /** @description What it is for. */
            label: string;
            /** @description Its rights. */
            scopes: components["schemas"]["Right"][];
        };
        /** @description What is to be tested over history. */
        NewBackTest: {
            /** @description Blocks from this time on (ISO 8601); the first one without it. */
            from?: string | null;
            /** @description These ledgers; all, if none is named. */
            ledgers?: string[];
            /** @description The rule. */
            rule: components["schemas"]["SupervisionRuleDraft"];
            /** @description Blocks until this time; the newest one without it. */
            until?: string | null;
        };
        /** @description New entries of a list. */
        NewListEntries: {
            /**
             * Format: int64
             * @description The version that they were made from; 0 for a new list.
             */
            basedOn: number;
            /** @description All entries. */
            entries: string[];
        };
        /** @description A change of mode. */
        NewMode: {
            /** @description The mode. */
            mode: components["schemas"]["RuleMode"];
            /** @description Why. */
            reason: string;
        };
        /** @description A version of a rule that is to be written. */
        NewRuleVersion: {
            /**
             * Format: int32
             * @description The newest version that its author saw; 0 for a new rule.
             */
            basedOn: number;
            /** @description The rule. */
            rule: components["schemas"]["SupervisionRuleDraft"];
        };
        /** @description A threshold that is to be set. */
        NewThreshold: {
            /**
             * Format: double
             * @description It warns above this; none takes the threshold away.
             */
            above?: number | null;
            /** @description `coin`, or the address of the token: for what was moved. */
            asset?: string | null;
            /** @description The chain. */
            ledger: string;
            /** @description What is measured. */
            measure: components["schemas"]["TrendMeasure"];
            /** @description In which steps. */
            step: components["schemas"]["TrendStep"];
        };
        /** @description A node, as the registry has it. */
        Node: {
            /** @description Receives the priority fees of its blocks. */
            beneficiary: string;
            /** @description End of its last emergency suspension. */
            emergencyUntil?: string | null;
            /** @description `host:port`. */
            endpoint: string;
            /** @description Its key. */
            key: string;
            /** @description Its name. */
            name: string;
            /** @description Its organisation. */
            organisation: string;
            /** @description Name of its organisation. */
            organisationName?: string | null;
            /** @description Whether it has proved that it has caught up. */
            ready: boolean;
            /**
             * Format: int64
             * @description Height of its application.
             */
            registeredAt: number;
            /** @description Observer, Validator, Standby or Light. */
            role: string;
            /**
             * Format: int64
             * @description Counts the changes of its endpoint.
             */
            sequence: number;
            /** @description Pending, Active, Suspended or Revoked. */
            status: string;
        };
        /** @description A certificate of a node. */
        NodeCertificate: {
            /** @description Who issued it. */
            issuer: string;
            /** @description Name of the node. */
            node: string;
            /** @description Until when it holds. */
            notAfter: string;
            /** @description From when on it holds. */
            notBefore: string;
            /** @description Name of its organisation. */
            organisation?: string | null;
            /**
             * Format: int64
             * @description Seconds until then; negative after it.
             */
            secondsLeft: number;
            /** @description Serial number. */
            serial: string;
            /** @description `valid`, `expiring` (less than a third of its life is left), `expired` or `notYetValid`. */
            status: string;
            /** @description Whom it names. */
            subject: string;
        };
        /** @description A reply to a notice. */
        NoticeReply: {
            /** @description When. */
            at: string;
            /** @description Who replied. */
            by: string;
            /** @description Keccak-256 of what it gives with the reply. */
            hash: string;
            /** @description What the organisation says. */
            text: string;
        };
        /** @description The text of a notice. */
        NoticeText: {
            /** @description The text. */
            text: string;
        };
        /** @description A transaction that was ordered but could not be executed. */
        OmittedTransaction: {
            /** @description Its hash. */
            hash: string;
            /** @description Why. */
            reason: string;
        };
        /** @description An opening of a sealed record. */
        Opening: {
            /**
             * Format: int32
             * @description Offices that stand behind it.
             */
            approvals: number;
            /**
             * Format: int32
             * @description Offices that are needed.
             */
            approvalsNeeded: number;
            /** @description Number of the case. */
            caseNumber: string;
            /** @description Its DID. */
            did: string;
            /** @description When nobody can approve any more. */
            expiresAt: string;
            /**
             * Format: int64
             * @description Its number.
             */
            id: number;
            /** @description The identity. */
            identity: string;
            /** @description By which law. */
            legalBasis: string;
            /**
             * Format: int64
             * @description Which record.
             */
            record: number;
            /** @description When it was asked. */
            requestedAt: string;
            /** @description The account that asks. */
            requester: string;
            /** @description The office that asks. */
            requestingOffice: string;
            /** @description Its name. */
            requestingOfficeName?: string | null;
            /** @description Shares that were handed over. */
            shares: components["schemas"]["HandedShare"][];
            /** @description Open, Opened or Expired. */
            status: string;
        };
        /** @description The console, as who runs it sees it. */
        OperatedConsole: {
            /** @description What was looked at. */
            checks: components["schemas"]["Check"][];
            /** @description What is wrong, and what to do. */
            diagnosis: components["schemas"]["Diagnosis"][];
            /** @description Its version. */
            version: string;
        };
        /** @description A node, as who runs it sees it. */
        OperatedNode: {
            certificate?: components["schemas"]["CertificateLife"] | null;
            /** @description What was looked at. */
            checks: components["schemas"]["Check"][];
            /** @description Whether the console can start and stop it. */
            controllable: boolean;
            /** @description What is wrong, and what to do. */
            diagnosis: components["schemas"]["Diagnosis"][];
            /**
             * Format: int64
             * @description Its height.
             */
            height?: number | null;
            /** @description Whether its folder is on this machine. */
            local: boolean;
            /** @description Its name. */
            name: string;
            /** @description Name of its organisation. */
            organisation?: string | null;
            /**
             * Format: int64
             * @description Nodes that it is linked to.
             */
            peers?: number | null;
            /**
             * Format: int32
             * @description Its process, if it runs on this machine.
             */
            running?: number | null;
            /** @description Whether it answers. */
            up: boolean;
            /** @description Its version. */
            version?: string | null;
        };
        /** @description What became of an order to a node. */
        OrderDone: {
            /** @description The node. */
            node: string;
            /** @description What was ordered: `start`, `stop` or `renew`. */
            order: string;
            /** @description What came of it. */
            outcome: string;
        };
        /** @description An organisation. */
        Organisation: {
            /** @description Its certificate authorities. */
            anchors: components["schemas"]["Anchor"][];
            /** @description Its id: keccak256 of its name. */
            id: string;
            /**
             * Format: int64
             * @description Height at which it joined.
             */
            joinedAt: number;
            /** @description Governance, Business, Provider or Supporter. */
            kind: string;
            /**
             * Format: int32
             * @description Rank, 0 to 100.
             */
            level: number;
            /** @description Its name. */
            name: string;
            /**
             * Format: int64
             * @description Its nodes.
             */
            nodes: number;
            /** @description Active, Suspended or Left. */
            status: string;
            /** @description Whether its representatives vote. */
            voting: boolean;
        };
        /** @description An organisation with its nodes and representatives. */
        OrganisationDetail: components["schemas"]["Organisation"] & {
            /** @description Its nodes. */
            nodeList: components["schemas"]["Node"][];
            /** @description Who speaks for it. */
            representatives: components["schemas"]["Grant"][];
        };
        /** @description The city at a glance. */
        Overview: {
            /** @description Business chains by their state. */
            chainsByState: components["schemas"]["StateCount"][];
            /** @description Name of the city. */
            city: string;
            /** @description How many there are of what. */
            counts: components["schemas"]["Counts"];
            /** @description Alarms that ring now, most severe first, at most 20; empty without the right to see them. */
            firingAlarms: components["schemas"]["AlarmBrief"][];
            /** @description Its ledgers, the main ledger first. */
            ledgers: components["schemas"]["LedgerSummary"][];
            /** @description Time of the answer. */
            now: string;
            /** @description Proposals that can be voted on or executed, newest first, at most 20. */
            openProposals: components["schemas"]["ProposalSummary"][];
        };
        /** @description An own account. */
        OwnAccount: {
            /** @description CAIP-10. */
            account: string;
            /** @description The address, if it is one of this ledger. */
            address?: string | null;
            /** @description What it owns of the ledger's coin, in wei. */
            balance?: string | null;
            /** @description Whether the session was made by it. */
            current: boolean;
            /** @description Active, Frozen or Cancelled; none for accounts of other chains. */
            status?: string | null;
        };
        /** @description A page of a list. */
        Page_Access: {
            /** @description The items. */
            items: {
                /** @description When. */
                at: string;
                /** @description Why: case number and legal basis of an opening. */
                purpose?: string | null;
                /** @description Which data. */
                resource: string;
                /** @description `ledger` or `console`. */
                source: string;
                /** @description What was done. */
                what: string;
                /** @description Who. */
                who: string;
                /** @description What people call them. */
                whoName?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_AccountSummary: {
            /** @description The items. */
            items: {
                /** @description Its address. */
                address: string;
                /**
                 * Format: int64
                 * @description Height at which it was first seen.
                 */
                firstSeen?: number | null;
                /** @description `account`, `contract` or `system`. */
                kind: string;
                /**
                 * Format: int64
                 * @description Height at which it was last seen.
                 */
                lastSeen?: number | null;
                /** @description What people call it. */
                name?: string | null;
                /**
                 * Format: int64
                 * @description Transactions that it sent or received.
                 */
                transactions: number;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Activity: {
            /** @description The items. */
            items: {
                /** @description Begin of the step. */
                at: string;
                /**
                 * Format: int64
                 * @description Blocks.
                 */
                blocks: number;
                /**
                 * Format: int64
                 * @description Gas used.
                 */
                gasUsed: number;
                /**
                 * Format: int64
                 * @description Transactions.
                 */
                transactions: number;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Alarm: {
            /** @description The items. */
            items: {
                acknowledged?: components["schemas"]["AlarmAcknowledgement"] | null;
                firingSince?: components["schemas"]["Time"] | null;
                /** @description Which series, and the labels of the rule. */
                labels: components["schemas"]["BTreeMap"];
                /** @description Its name. */
                name: string;
                /** @description The note of the rule. */
                note: string;
                /** @description The rule. */
                ruleId: string;
                /** @description How grave. */
                severity: components["schemas"]["AlarmSeverity"];
                /** @description The silence that keeps it quiet now. */
                silencedBy?: string | null;
                /** @description Since when the condition holds. */
                since: components["schemas"]["Time"];
                /** @description Where it stands. */
                state: components["schemas"]["AlarmState"];
                /** @description The value seen last, as text; empty for an absence. */
                value: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_AlarmChannel: {
            /** @description The items. */
            items: (components["schemas"]["AlarmChannelDraft"] & {
                /** @description When. */
                changedAt: components["schemas"]["Time"];
                /** @description Who wrote it last. */
                changedBy: string;
                /** @description Its identifier. */
                id: string;
                /** @description Where it was sent to, in words that hold no secret: `mail to a@b.example`, `webhook at hooks.example`. */
                summary: string;
                /**
                 * Format: int64
                 * @description Grows with each change; a change must name the one that it was made from.
                 */
                version: number;
            })[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A part of a list, and where the next part begins. */
        Page_AlarmHistoryEntry: {
            /** @description This part. */
            items: {
                /** @description When. */
                at: components["schemas"]["Time"];
                /** @description Who did it; absent for what happened by itself. */
                by?: string | null;
                /** @description What has happened. */
                change: components["schemas"]["AlarmChange"];
                /** @description The value, the comment, the channel, or why it failed. */
                detail?: string;
                /** @description Which series. */
                labels?: components["schemas"]["BTreeMap"];
                /** @description Its name then. */
                name: string;
                /**
                 * Format: int64
                 * @description Its number, from 1.
                 */
                number: number;
                severity?: components["schemas"]["AlarmSeverity"] | null;
                /** @description The rule or channel. */
                subject: string;
            }[];
            /** @description The cursor of the next part; absent at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_AlarmRule: {
            /** @description The items. */
            items: (components["schemas"]["AlarmRuleDraft"] & {
                /** @description When. */
                changedAt: components["schemas"]["Time"];
                /** @description Who wrote it last: an account or identity; `civitas` for those that a city is born with. */
                changedBy: string;
                /** @description Its identifier. */
                id: string;
                /** @description Why it cannot be evaluated now; absent where it can. */
                problem?: string | null;
                /**
                 * Format: int64
                 * @description Grows with each change; a change must name the one that it was made from.
                 */
                version: number;
            })[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_AlarmSilence: {
            /** @description The items. */
            items: {
                /** @description Since when. */
                at: components["schemas"]["Time"];
                /** @description Who. */
                by: string;
                /** @description Why. */
                comment: string;
                /** @description Its identifier. */
                id: string;
                /** @description Labels that an alarm must have to be silenced. */
                labels: components["schemas"]["BTreeMap"];
                /** @description The rule. */
                ruleId: string;
                /** @description Until when. */
                until: components["schemas"]["Time"];
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_AuditRecord: {
            /** @description The items. */
            items: {
                /** @description Who: a node, an account, an API key. */
                actor: string;
                /** @description When. */
                at: string;
                /** @description More, by name. */
                details: {
                    [key: string]: string;
                };
                /** @description What kind of thing: `anchor`, `read`, `signIn`, `operation`, `alarm`. */
                kind: string;
                /** @description `node` or `console`. */
                source: string;
                /** @description In words. */
                summary: string;
                /** @description The transaction, for what is on a ledger. */
                transaction?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_BackTestDetail: {
            /** @description The items. */
            items: {
                /** @description Who asked for it. */
                actor: string;
                /** @description When it began. */
                began: string;
                /**
                 * Format: int64
                 * @description Blocks to be read.
                 */
                blocks: number;
                /** @description Why it could not be done. */
                fault?: string | null;
                /**
                 * Format: int64
                 * @description Blocks that were read.
                 */
                judged: number;
                /**
                 * Format: int64
                 * @description Its number.
                 */
                number: number;
                report?: components["schemas"]["BackTestReport"] | null;
                /** @description The rule. */
                rule: components["schemas"]["SupervisionRuleDraft"];
                /** @description How it is. */
                state: components["schemas"]["BackTestState"];
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Balance: {
            /** @description The items. */
            items: {
                /** @description How much. */
                amount: string;
                /** @description The token. */
                token: components["schemas"]["TokenBrief"];
                /** @description Which one, of tokens that are not all alike. */
                tokenId?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_BlockSummary: {
            /** @description The items. */
            items: {
                /** @description Its time. */
                at: string;
                /** @description Who receives its priority fees: stands for the node that proposed it. */
                beneficiary: string;
                /**
                 * Format: int64
                 * @description Gas that fits.
                 */
                gasLimit: number;
                /**
                 * Format: int64
                 * @description Gas that they used.
                 */
                gasUsed: number;
                /** @description Its hash. */
                hash: string;
                /**
                 * Format: int64
                 * @description Its height.
                 */
                height: number;
                /** @description Hash of the block before. */
                parentHash: string;
                /** @description Name of the node that proposed it. */
                proposer?: string | null;
                /**
                 * Format: int64
                 * @description Bytes of the block.
                 */
                sizeBytes?: number | null;
                /**
                 * Format: int64
                 * @description Transactions in it.
                 */
                transactions: number;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_CaseCommand: {
            /** @description The items. */
            items: {
                /** @description What it does. */
                action: components["schemas"]["CommandAction"];
                /** @description When. */
                approvedAt?: string | null;
                /** @description Who approved it. */
                approvedBy?: string | null;
                /**
                 * Format: int32
                 * @description Gateways that signed it.
                 */
                attested: number;
                /**
                 * Format: int64
                 * @description The case.
                 */
                case: number;
                /** @description The chain that it goes to. */
                chain: components["schemas"]["CaseChain"];
                /** @description When its effect must be proven; none before the approval, and for isolation. */
                deadline?: string | null;
                /**
                 * Format: int64
                 * @description Seconds from the approval to the deadline.
                 */
                deadlineSeconds: number;
                /** @description When it was done. */
                doneAt?: string | null;
                /**
                 * Format: int64
                 * @description Seconds from the approval to the effect.
                 */
                effectSeconds?: number | null;
                executed?: components["schemas"]["CommandExecution"] | null;
                /**
                 * Format: int64
                 * @description Its number.
                 */
                id: number;
                /** @description The legal basis. */
                legalBasis: string;
                /** @description How it is enforced. */
                level: components["schemas"]["CommandLevel"];
                /** @description When. */
                orderedAt: string;
                /** @description Who ordered it. */
                orderedBy: string;
                /**
                 * Format: int64
                 * @description The command on an identity that this one follows from.
                 */
                parent?: number | null;
                /**
                 * Format: int64
                 * @description Height of the block of the chain that proved it.
                 */
                provenHeight?: number | null;
                /** @description Why. */
                reason: string;
                /** @description How far it is. */
                state: components["schemas"]["CommandState"];
                /** @description The account, contract or identity (DID); none for a chain. */
                target?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_CaseNotice: {
            /** @description The items. */
            items: {
                /** @description When. */
                at: string;
                /** @description Who sent it. */
                by: string;
                /**
                 * Format: int64
                 * @description The case.
                 */
                case: number;
                /** @description Until when the organisation has to reply. */
                deadline: string;
                /**
                 * Format: int64
                 * @description Its number.
                 */
                id: number;
                /** @description Whether the deadline passed without a reply. */
                isLate: boolean;
                /** @description The organisation. */
                organisation: string;
                /** @description Its name. */
                organisationName?: string | null;
                reply?: components["schemas"]["NoticeReply"] | null;
                /** @description What it is about. */
                subject: string;
                /** @description The text, if this console holds it: it has this hash. */
                text?: string | null;
                /** @description Keccak-256 of the text. */
                textHash: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_CaseSummary: {
            /** @description The items. */
            items: {
                /** @description When it was closed. */
                closedAt?: string | null;
                /**
                 * Format: int64
                 * @description Commands.
                 */
                commands: number;
                /**
                 * Format: int64
                 * @description Pieces of evidence.
                 */
                evidence: number;
                /**
                 * Format: int64
                 * @description Its number.
                 */
                id: number;
                /** @description The legal basis. */
                legalBasis: string;
                /**
                 * Format: int64
                 * @description Notices.
                 */
                notices: number;
                /** @description When it was opened. */
                openedAt: string;
                /** @description Who opened it. */
                openedBy: string;
                /** @description Whether it is open. */
                state: components["schemas"]["CaseState"];
                /** @description Whom it is about: an account (CAIP-10), a DID, or a chain (CAIP-2). */
                subject: string;
                /** @description Its title. */
                title: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Chain: {
            /** @description The items. */
            items: {
                /** @description Whether a rejection was appealed. */
                appealed: boolean;
                /** @description Until when a rejection can be appealed. */
                appealUntil?: string | null;
                /** @description CAIP-2. */
                caip2: string;
                /**
                 * Format: int64
                 * @description Height of the last change of status.
                 */
                changedAt: number;
                /** @description Legal name of the company. */
                company: string;
                /** @description How it orders. */
                consensus: string;
                /** @description Whom to ask. */
                contact: string;
                /** @description Hash of the documents of the registration. */
                documents: string;
                /** @description Address of its interface; text of strangers. */
                endpoint: string;
                /** @description Whether an overdue review was reported. */
                escalated: boolean;
                /**
                 * Format: int32
                 * @description Grade of the most sensitive data on it, 1 (public) to 4.
                 */
                grade: number;
                /** @description Its id: keccak256 of `caip2`. */
                id: string;
                /** @description Native, Evm, Fabric, CometBft or Other. */
                kind: string;
                /** @description Its name. */
                name: string;
                /** @description The organisation that operates it. */
                operator: string;
                /** @description Its name. */
                operatorName?: string | null;
                /** @description What it is for. */
                purpose: string;
                /** @description When it was registered. */
                registeredAt: string;
                /** @description Who registered it. */
                registrant: string;
                /** @description By when the review is to be decided. */
                reviewDue?: string | null;
                /** @description Who last took up or decided the review. */
                reviewer?: string | null;
                /** @description Registered, UnderReview, Active, Rejected, Frozen or Cancelled. */
                status: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_ChainAnchor: {
            /** @description The items. */
            items: {
                /**
                 * Format: int32
                 * @description Gateways that said the same until now.
                 */
                agreed: number;
                /** @description When. */
                at: string;
                /** @description Root over blocks, transactions and events. */
                blocksRoot: string;
                /** @description Hash over it and all batches before. */
                digest: string;
                /**
                 * Format: int64
                 * @description Events in it.
                 */
                events: number;
                /**
                 * Format: int64
                 * @description First block.
                 */
                fromHeight: number;
                /**
                 * Format: int64
                 * @description Height of the main ledger at which it was agreed on.
                 */
                height: number;
                /** @description Hash of the last block. */
                lastHash: string;
                /**
                 * Format: int64
                 * @description Its number, from 0.
                 */
                number: number;
                /**
                 * Format: int64
                 * @description Last block.
                 */
                toHeight: number;
                /**
                 * Format: int64
                 * @description Transactions in it.
                 */
                transactions: number;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_ContractSummary: {
            /** @description The items. */
            items: {
                /** @description Whether its ABI is known. */
                abiKnown: boolean;
                /** @description Its address. */
                address: string;
                /** @description Hash of its code. */
                codeHash?: string | null;
                /**
                 * Format: int64
                 * @description Height at which it was deployed.
                 */
                createdAt?: number | null;
                /** @description Who deployed it. */
                creator?: string | null;
                /** @description `system`, `token` or `contract`. */
                kind: string;
                /** @description Its name. */
                name?: string | null;
                /** @description The transaction that deployed it. */
                transaction?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Event: {
            /** @description The items. */
            items: {
                /** @description The contract. */
                address: string;
                /** @description Its arguments, if its ABI is known. */
                arguments: components["schemas"]["Argument"][];
                /** @description Time of its block. */
                at?: string | null;
                /**
                 * Format: int64
                 * @description Height of its block.
                 */
                block: number;
                /** @description Name of the contract. */
                contractName?: string | null;
                /** @description Data. */
                data: string;
                /**
                 * Format: int64
                 * @description Its place in the block.
                 */
                index: number;
                /** @description Name of the event, if its ABI is known. */
                name?: string | null;
                /** @description Topics. */
                topics: string[];
                /** @description Its transaction. */
                transaction: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_ExampleAccount: {
            /** @description The items. */
            items: {
                /** @description The account. */
                account: string;
                /** @description Its identity, as a DID. */
                identity?: string | null;
                /** @description Its number under the mnemonic that everybody knows. */
                index: number;
                /** @description How who signs in with it mostly uses the console. */
                personas: components["schemas"]["Persona"][];
                /** @description What who signs in with it may do. */
                rights: components["schemas"]["Right"][];
                /** @description Roles in force. */
                roles: components["schemas"]["HeldRole"][];
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_FindingSummary: {
            /** @description The items. */
            items: {
                /** @description When that happened. */
                at: string;
                /** @description When it was found. */
                foundAt: string;
                /** @description The ledger of the event that was judged. */
                ledger: string;
                /** @description Whether it counts, or the rule was on trial. */
                mode: components["schemas"]["RuleMode"];
                /**
                 * Format: int64
                 * @description Its number.
                 */
                number: number;
                /** @description The rule. */
                rule: string;
                /** @description How grave. */
                severity: components["schemas"]["FindingSeverity"];
                /** @description What it has become. */
                state: components["schemas"]["FindingState"];
                /** @description Whom or what it is about. */
                subject: string;
                /** @description What happened. */
                text: components["schemas"]["BothLanguages"];
                /** @description What the rule is called. */
                title: components["schemas"]["BothLanguages"];
                /**
                 * Format: int32
                 * @description Its version.
                 */
                version: number;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Grant: {
            /** @description The items. */
            items: {
                /** @description Whether its holder may delegate it. */
                delegable: boolean;
                /** @description Until when. */
                expiry?: string | null;
                /** @description Who made it. */
                granter: string;
                /**
                 * Format: int64
                 * @description Height at which it was made.
                 */
                height: number;
                /**
                 * Format: int64
                 * @description Its number.
                 */
                id: number;
                /**
                 * Format: int64
                 * @description The grant that it was delegated from.
                 */
                parent?: number | null;
                /** @description The role. */
                role: string;
                /** @description Name of the role. */
                roleName?: string | null;
                /** @description Where it holds. */
                scope: components["schemas"]["Scope"];
                /** @description What it is worth now. */
                status: string;
                /** @description Who holds it: an account, or the id of an identity. */
                subject: string;
                /** @description `account` or `identity`. */
                subjectKind: string;
                /** @description What people call the holder. */
                subjectName?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Holder: {
            /** @description The items. */
            items: {
                /** @description The account. */
                account: string;
                /** @description How much. */
                amount: string;
                /** @description Its name. */
                name?: string | null;
                /** @description Which one, of tokens that are not all alike. */
                tokenId?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_IdentitySummary: {
            /** @description The items. */
            items: {
                /**
                 * Format: int64
                 * @description Bound accounts.
                 */
                accounts: number;
                /** @description When it was created. */
                createdAt: string;
                /** @description Its DID. */
                did: string;
                /** @description Its id. */
                id: string;
                /** @description Person, Organisation, Node or Thing. */
                kind: string;
                /** @description The organisation that vouches for it. */
                organisation?: string | null;
                /** @description Name of that organisation. */
                organisationName?: string | null;
                /** @description Active, Frozen or Cancelled. */
                status: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_LedgerSummary: {
            /** @description The items. */
            items: {
                attestation?: components["schemas"]["Attestation"] | null;
                /**
                 * Format: double
                 * @description Milliseconds from block to block in the last minute.
                 */
                blockIntervalMs?: number | null;
                /**
                 * Format: int64
                 * @description Its chain id; 0 if it has no number.
                 */
                chainId: number;
                /**
                 * Format: double
                 * @description Milliseconds from a payload's proposal until it is final, the median of the last minutes.
                 */
                finalityMs?: number | null;
                /**
                 * Format: int64
                 * @description Height that its nodes have, or of a foreign chain the height that is anchored; none if no node answers.
                 */
                height?: number | null;
                /**
                 * Format: int64
                 * @description Height up to which the console has read it.
                 */
                indexed: number;
                /** @description `own`, or `foreign` for a chain that is not the city's own. */
                kind: string;
                /**
                 * Format: int64
                 * @description Blocks that the console is behind.
                 */
                lag: number;
                /** @description Time of the newest block. */
                lastBlockAt?: string | null;
                /** @description Its name; `main` for the main ledger, CAIP-2 for a foreign chain. */
                name: string;
                /**
                 * Format: int64
                 * @description Waiting transactions; none if no node answers.
                 */
                pending?: number | null;
                /** @description `Active`, `Frozen` or `Closed`. */
                status: string;
                /**
                 * Format: int64
                 * @description Transactions since the genesis.
                 */
                transactions: number;
                /**
                 * Format: double
                 * @description Transactions a second in the last minute.
                 */
                transactionsPerSecond?: number | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A part of a list, and where the next part begins. */
        Page_LogLine: {
            /** @description This part. */
            items: {
                /** @description Tells this line from all others, stable over restarts. */
                id: string;
                /** @description How grave. */
                level: components["schemas"]["LogLevel"];
                /** @description The text. Hostile bytes are replaced; it is text, never markup. */
                message: string;
                /** @description The node, or other source of lines. */
                node: string;
                /** @description The part of the program that wrote it; empty where the line does not say. */
                target: string;
                /** @description When it was written, or read where the line does not say. */
                time: components["schemas"]["Time"];
            }[];
            /** @description The cursor of the next part; absent at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_NamedListSummary: {
            /** @description The items. */
            items: {
                /** @description When. */
                changedAt: string;
                /** @description Who changed it last. */
                changedBy: string;
                /**
                 * Format: int64
                 * @description Its entries.
                 */
                count: number;
                /** @description Its name, as rules call it. */
                name: string;
                /**
                 * Format: int64
                 * @description Rises with each change.
                 */
                version: number;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Node: {
            /** @description The items. */
            items: {
                /** @description Receives the priority fees of its blocks. */
                beneficiary: string;
                /** @description End of its last emergency suspension. */
                emergencyUntil?: string | null;
                /** @description `host:port`. */
                endpoint: string;
                /** @description Its key. */
                key: string;
                /** @description Its name. */
                name: string;
                /** @description Its organisation. */
                organisation: string;
                /** @description Name of its organisation. */
                organisationName?: string | null;
                /** @description Whether it has proved that it has caught up. */
                ready: boolean;
                /**
                 * Format: int64
                 * @description Height of its application.
                 */
                registeredAt: number;
                /** @description Observer, Validator, Standby or Light. */
                role: string;
                /**
                 * Format: int64
                 * @description Counts the changes of its endpoint.
                 */
                sequence: number;
                /** @description Pending, Active, Suspended or Revoked. */
                status: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_NodeCertificate: {
            /** @description The items. */
            items: {
                /** @description Who issued it. */
                issuer: string;
                /** @description Name of the node. */
                node: string;
                /** @description Until when it holds. */
                notAfter: string;
                /** @description From when on it holds. */
                notBefore: string;
                /** @description Name of its organisation. */
                organisation?: string | null;
                /**
                 * Format: int64
                 * @description Seconds until then; negative after it.
                 */
                secondsLeft: number;
                /** @description Serial number. */
                serial: string;
                /** @description `valid`, `expiring` (less than a third of its life is left), `expired` or `notYetValid`. */
                status: string;
                /** @description Whom it names. */
                subject: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Opening: {
            /** @description The items. */
            items: {
                /**
                 * Format: int32
                 * @description Offices that stand behind it.
                 */
                approvals: number;
                /**
                 * Format: int32
                 * @description Offices that are needed.
                 */
                approvalsNeeded: number;
                /** @description Number of the case. */
                caseNumber: string;
                /** @description Its DID. */
                did: string;
                /** @description When nobody can approve any more. */
                expiresAt: string;
                /**
                 * Format: int64
                 * @description Its number.
                 */
                id: number;
                /** @description The identity. */
                identity: string;
                /** @description By which law. */
                legalBasis: string;
                /**
                 * Format: int64
                 * @description Which record.
                 */
                record: number;
                /** @description When it was asked. */
                requestedAt: string;
                /** @description The account that asks. */
                requester: string;
                /** @description The office that asks. */
                requestingOffice: string;
                /** @description Its name. */
                requestingOfficeName?: string | null;
                /** @description Shares that were handed over. */
                shares: components["schemas"]["HandedShare"][];
                /** @description Open, Opened or Expired. */
                status: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_OperatedNode: {
            /** @description The items. */
            items: {
                certificate?: components["schemas"]["CertificateLife"] | null;
                /** @description What was looked at. */
                checks: components["schemas"]["Check"][];
                /** @description Whether the console can start and stop it. */
                controllable: boolean;
                /** @description What is wrong, and what to do. */
                diagnosis: components["schemas"]["Diagnosis"][];
                /**
                 * Format: int64
                 * @description Its height.
                 */
                height?: number | null;
                /** @description Whether its folder is on this machine. */
                local: boolean;
                /** @description Its name. */
                name: string;
                /** @description Name of its organisation. */
                organisation?: string | null;
                /**
                 * Format: int64
                 * @description Nodes that it is linked to.
                 */
                peers?: number | null;
                /**
                 * Format: int32
                 * @description Its process, if it runs on this machine.
                 */
                running?: number | null;
                /** @description Whether it answers. */
                up: boolean;
                /** @description Its version. */
                version?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Organisation: {
            /** @description The items. */
            items: {
                /** @description Its certificate authorities. */
                anchors: components["schemas"]["Anchor"][];
                /** @description Its id: keccak256 of its name. */
                id: string;
                /**
                 * Format: int64
                 * @description Height at which it joined.
                 */
                joinedAt: number;
                /** @description Governance, Business, Provider or Supporter. */
                kind: string;
                /**
                 * Format: int32
                 * @description Rank, 0 to 100.
                 */
                level: number;
                /** @description Its name. */
                name: string;
                /**
                 * Format: int64
                 * @description Its nodes.
                 */
                nodes: number;
                /** @description Active, Suspended or Left. */
                status: string;
                /** @description Whether its representatives vote. */
                voting: boolean;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_OwnAccount: {
            /** @description The items. */
            items: {
                /** @description CAIP-10. */
                account: string;
                /** @description The address, if it is one of this ledger. */
                address?: string | null;
                /** @description What it owns of the ledger's coin, in wei. */
                balance?: string | null;
                /** @description Whether the session was made by it. */
                current: boolean;
                /** @description Active, Frozen or Cancelled; none for accounts of other chains. */
                status?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_ProposalSummary: {
            /** @description The items. */
            items: {
                /**
                 * Format: int64
                 * @description Approvals.
                 */
                approvals: number;
                /**
                 * Format: int64
                 * @description Approvals that it needs.
                 */
                approvalsNeeded: number;
                /** @description When it was made. */
                createdAt: string;
                /** @description From when on it can be executed. */
                executableFrom?: string | null;
                /** @description Until when it can be executed. */
                executableUntil?: string | null;
                /**
                 * Format: int64
                 * @description Its number.
                 */
                id: number;
                /** @description What it changes. */
                kind: string;
                /** @description In the name of which organisation. */
                organisation: string;
                /** @description Name of the organisation. */
                organisationName?: string | null;
                /** @description Who made it. */
                proposer: string;
                /**
                 * Format: int64
                 * @description Rejections.
                 */
                rejections: number;
                /** @description Open, Approved, Executed, Rejected, Expired or Withdrawn. */
                status: string;
                /** @description Its title. */
                title: string;
                /** @description When voting ends. */
                votingEnds: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Role: {
            /** @description The items. */
            items: {
                /** @description Whether only Governance grants and revokes it. */
                consequential: boolean;
                /**
                 * Format: int64
                 * @description Height at which it was defined.
                 */
                definedAt: number;
                /** @description Roles that nobody holds together with it. */
                excludes: components["schemas"]["RoleName"][];
                /**
                 * Format: int64
                 * @description Grants that have not ended; of more than 2,000, so many.
                 */
                grants: number;
                /** @description Its id: keccak256 of its name. */
                id: string;
                /**
                 * Format: int32
                 * @description 0 (lowest) to 100.
                 */
                level: number;
                /** @description Its name. */
                name: string;
                /** @description What it permits. */
                permissions: components["schemas"]["Permission"][];
                /** @description Active or Retired. */
                status: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_SearchHit: {
            /** @description The items. */
            items: {
                /** @description More about it. */
                detail?: string | null;
                /** @description What identifies it: the last part of its address in the API. */
                id: string;
                /**
                 * @description `block`, `transaction`, `account`, `contract`, `token`, `organisation`, `identity`, `role`, `node`, `chain`,
                 *     `proposal`, `ledger`.
                 */
                kind: string;
                /** @description The ledger that it is on; none for what belongs to the city. */
                ledger?: string | null;
                /** @description What people call it. */
                title: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_SituationRisk: {
            /** @description The items. */
            items: {
                /** @description Its name, DID, or account. */
                id: string;
                /** @description What it is. */
                kind: components["schemas"]["RiskSubjectKind"];
                /** @description The chain of an account. */
                ledger?: string | null;
                /** @description Why, those with the most points first, at most twenty. */
                reasons: components["schemas"]["RiskReason"][];
                /**
                 * Format: int32
                 * @description 0 to 100.
                 */
                score: number;
                /** @description What it is called. */
                title?: string | null;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_SituationThreshold: {
            /** @description The items. */
            items: {
                /**
                 * Format: double
                 * @description It warns above this.
                 */
                above: number;
                /** @description `coin`, or the address of the token; empty for what is not an amount. */
                asset: string;
                /** @description The chain. */
                ledger: string;
                /** @description What is measured. */
                measure: components["schemas"]["TrendMeasure"];
                /** @description When. */
                setAt: string;
                /** @description Who set it. */
                setBy: string;
                /** @description In which steps. */
                step: components["schemas"]["TrendStep"];
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_SupervisionRule: {
            /** @description The items. */
            items: {
                /** @description Why it is not at work, although its mode says so. */
                fault?: string | null;
                /**
                 * Format: int64
                 * @description All findings.
                 */
                findings: number;
                /** @description What its findings are for. */
                mode: components["schemas"]["RuleMode"];
                /**
                 * Format: int64
                 * @description Findings that are open.
                 */
                open: number;
                /** @description The rule. */
                rule: components["schemas"]["SupervisionRuleDraft"];
                /**
                 * Format: int32
                 * @description From 1.
                 */
                version: number;
                /** @description When. */
                writtenAt: string;
                /** @description Who wrote it. */
                writtenBy: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Token: {
            /** @description The items. */
            items: (components["schemas"]["TokenBrief"] & {
                /**
                 * Format: int64
                 * @description Accounts that hold some; none where the index begins later than the chain.
                 */
                holders?: number | null;
                /** @description How much there is; none where it is not known. */
                totalSupply?: string | null;
                /**
                 * Format: int64
                 * @description Transfers so far.
                 */
                transfers: number;
            })[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_TransactionSummary: {
            /** @description The items. */
            items: {
                /** @description Time of its block. */
                at: string;
                /**
                 * Format: int64
                 * @description Height of its block.
                 */
                block: number;
                /** @description The contract that it deployed. */
                contractCreated?: string | null;
                /** @description What it cost, in wei; none as `gasUsed`. */
                fee?: string | null;
                /** @description Who sent it. */
                from: string;
                /** @description Name of the sender. */
                fromName?: string | null;
                /**
                 * Format: int64
                 * @description Gas used; none on a foreign chain, where nobody attests it.
                 */
                gasUsed?: number | null;
                /** @description Its hash. */
                hash: string;
                /**
                 * Format: int64
                 * @description Its place in the block.
                 */
                index: number;
                /** @description The function, if it is known. */
                method?: string | null;
                /** @description The first four bytes of the input, if there are some. */
                selector?: string | null;
                /** @description `success` or `failed`. */
                status: string;
                /** @description To whom; none if it deployed a contract. */
                to?: string | null;
                /** @description Name of the receiver. */
                toName?: string | null;
                /** @description What it carries of the ledger's coin, in wei. */
                value: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description A page of a list. */
        Page_Transfer: {
            /** @description The items. */
            items: {
                /** @description How much. */
                amount: string;
                /** @description Time of its block. */
                at?: string | null;
                /**
                 * Format: int64
                 * @description Height of its block.
                 */
                block: number;
                /** @description From whom; the zero address when it came to be. */
                from: string;
                /** @description Name of the former owner. */
                fromName?: string | null;
                /**
                 * Format: int64
                 * @description Place of its event in the block.
                 */
                index: number;
                /** @description To whom; the zero address when it ceased to be. */
                to: string;
                /** @description The token. */
                token: components["schemas"]["TokenBrief"];
                /** @description Which one, of tokens that are not all alike. */
                tokenId?: string | null;
                /** @description Name of the new owner. */
                toName?: string | null;
                /** @description Its transaction. */
                transaction: string;
            }[];
            /** @description The cursor of the next page; none at the end. */
            next?: string | null;
        };
        /** @description Parameters of the city. */
        Parameters: {
            /** @description Parameters of the ledgers. */
            ledgers: components["schemas"]["NamedLedgerParameters"][];
            /**
             * Format: int32
             * @description Offices that open a record together.
             */
            officeThreshold: number;
            /** @description Who may transact and deploy. */
            policy: components["schemas"]["Policy"];
            /** @description What proposals need, by kind. */
            rules: components["schemas"]["ProposalRule"][];
        };
        /** @description An account of this ledger, or an identity. */
        Party: {
            /** @description The address, or the id of the identity. */
            id: string;
            /** @description `account` or `identity`. */
            kind: string;
            /** @description What people call it. */
            name?: string | null;
        };
        /** @description A passkey as its owner sees it. */
        Passkey: {
            /** @description When it was made. */
            createdAt: string;
            /** @description Names it. */
            id: string;
            /** @description What its owner calls it. */
            label: string;
            /** @description When somebody signed in with it last. */
            usedAt?: string | null;
        };
        /** @description What a browser is asked. */
        PasskeyQuestion: {
            /** @description Options of WebAuthn in their JSON form. */
            publicKey: Record<string, never>;
        };
        /** @description A passkey that a browser made. */
        PasskeyRegistration: {
            /** @description What the browser gave. */
            credential: components["schemas"]["RegistrationAnswer"];
            /** @description What its owner calls it. */
            name: string;
        };
        /** @description A list of passkeys. */
        Passkeys: {
            items: components["schemas"]["Passkey"][];
        };
        /** @description A sign-in with a passkey. */
        PasskeySignIn: {
            /** @description What the browser gave. */
            credential: components["schemas"]["SignInAnswer"];
        };
        /** @description A period in figures. */
        PeriodReport: {
            /** @description Cases that were opened in it. */
            cases: components["schemas"]["CaseSummary"][];
            /** @description Commands by chain. */
            chains: components["schemas"]["ChainFigures"][];
            /**
             * Format: int64
             * @description Cases that were closed in it.
             */
            closed: number;
            /** @description Commands that were ordered in it. */
            commands: components["schemas"]["CaseCommand"][];
            /** @description Findings by rule, severity, mode and ledger. */
            findings: components["schemas"]["FindingFigures"][];
            /** @description From when on. */
            from: string;
            /** @description Whether there was more than a report takes. */
            isCut: boolean;
            /** @description Notices that were sent in it. */
            notices: components["schemas"]["CaseNotice"][];
            /** @description Until when. */
            until: string;
        };
        /** @description A permission. */
        Permission: {
            /** @description Call, Deploy, Join, Read or Administer. */
            action: string;
            /** @description Name of the function. */
            functionName?: string | null;
            /** @description The function; none is any. */
            selector?: string | null;
            /** @description The contract; none is any. */
            target?: string | null;
            /** @description Name of the contract. */
            targetName?: string | null;
        };
        /**
         * @description How somebody mostly uses the console; decides what a page shows first, never what is allowed.
         * @enum {string}
         */
        Persona: "regulator" | "operator" | "business" | "developer" | "citizen";
        Point: unknown[];
        /** @description Who may transact and deploy. */
        Policy: {
            /**
             * Format: int64
             * @description Gas of a sender without a quota of its own in a period; 0 is without bound.
             */
            defaultQuota: number;
            /** @description Whether only accounts that a role permits may deploy contracts. */
            deploymentRestricted: boolean;
            /** @description Whether every sender must be bound to an active identity. */
            identityRequired: boolean;
            /**
             * Format: int64
             * @description Seconds of a quota period.
             */
            periodSeconds: number;
        };
        /** @description A transaction that only needs a signature. */
        Prepared: {
            /** @description What it calls. */
            call: components["schemas"]["DecodedCall"];
            /**
             * Format: int64
             * @description Its chain id.
             */
            chainId: number;
            /** @description Input. */
            data: string;
            /** @description Who sends it. */
            from?: string | null;
            /**
             * Format: int64
             * @description Gas that it should allow; none if it is refused.
             */
            gas?: number | null;
            /** @description Price of gas in wei. */
            gasPrice: string;
            /** @description The ledger. */
            ledger: string;
            /**
             * Format: int64
             * @description The next number of the sender, if it is known.
             */
            nonce?: number | null;
            refused?: components["schemas"]["DecodedError"] | null;
            /** @description To whom. */
            to: string;
            /** @description Coin that goes along, in wei. */
            value: string;
        };
        /** @description The body of a problem. */
        Problem: {
            /** @description What exactly, in English; may quote a node or the request. */
            detail?: string | null;
            /** @description What a program may want to know, by name. */
            parameters?: {
                [key: string]: unknown;
            };
            /**
             * Format: int32
             * @description HTTP status.
             */
            status: number;
            /** @description In one sentence, in the language of the request (`Accept-Language`: zh or en). */
            title: string;
            /** @description `/problems/` and a stable word. */
            type: string;
        };
        /** @description A call that Governance makes. */
        ProposalAction: {
            /** @description Its arguments. */
            arguments: components["schemas"]["Argument"][];
            /** @description What it would change, by the events it would give and the records as they stand. */
            changes: components["schemas"]["RecordChange"][];
            /** @description Its name. */
            contract: string;
            /** @description The encoded call. */
            data: string;
            /** @description The function. */
            function: string;
            /** @description The call in one line. */
            summary?: string | null;
            /** @description Address of the contract. */
            target: string;
        };
        /** @description A proposal. */
        ProposalDetail: components["schemas"]["ProposalSummary"] & {
            /** @description What it would do, in order. */
            actions: components["schemas"]["ProposalAction"][];
            /** @description Organisations that can still vote. */
            missing: components["schemas"]["MissingVote"][];
            rehearsal?: components["schemas"]["Rehearsal"] | null;
            /** @description What happened, and what comes. */
            timeline: components["schemas"]["TimelineEntry"][];
            /** @description The votes, in order. */
            votes: components["schemas"]["Vote"][];
        };
        /** @description What proposals of a kind need. */
        ProposalRule: {
            /**
             * Format: int32
             * @description Approvals, in hundredths of the organisations that vote.
             */
            approvalPercent: number;
            /**
             * Format: int32
             * @description Approvals at least.
             */
            approvalsMin: number;
            /** @description The kind. */
            kind: string;
            /**
             * Format: int64
             * @description Seconds between approval and execution.
             */
            timelockSeconds: number;
            /**
             * Format: int64
             * @description Seconds of voting.
             */
            votingSeconds: number;
        };
        /** @description A proposal in a list. */
        ProposalSummary: {
            /**
             * Format: int64
             * @description Approvals.
             */
            approvals: number;
            /**
             * Format: int64
             * @description Approvals that it needs.
             */
            approvalsNeeded: number;
            /** @description When it was made. */
            createdAt: string;
            /** @description From when on it can be executed. */
            executableFrom?: string | null;
            /** @description Until when it can be executed. */
            executableUntil?: string | null;
            /**
             * Format: int64
             * @description Its number.
             */
            id: number;
            /** @description What it changes. */
            kind: string;
            /** @description In the name of which organisation. */
            organisation: string;
            /** @description Name of the organisation. */
            organisationName?: string | null;
            /** @description Who made it. */
            proposer: string;
            /**
             * Format: int64
             * @description Rejections.
             */
            rejections: number;
            /** @description Open, Approved, Executed, Rejected, Expired or Withdrawn. */
            status: string;
            /** @description Its title. */
            title: string;
            /** @description When voting ends. */
            votingEnds: string;
        };
        /** @description Headers of a chain that the main ledger verified itself. */
        ProvenHeaders: {
            /**
             * Format: int64
             * @description Height at which validators signed two headers that cannot both be, so that nothing is proven any more; none if they did not.
             */
            contradictedAt?: number | null;
            /** @description How its headers become final: Qbft, Ibft2, Ibft1 or CometBft. */
            engine: string;
            /** @description Its hash. */
            hash: string;
            /**
             * Format: int64
             * @description Height of the newest one.
             */
            height: number;
        };
        /** @description Gas quota and its use. */
        QuotaUse: {
            /** @description End of the period. */
            periodEnds?: string | null;
            /**
             * Format: int64
             * @description Gas in a period; 0 is without bound.
             */
            quota: number;
            /**
             * Format: int64
             * @description Gas used.
             */
            used: number;
        };
        /** @description Parameters of `query_range`. */
        RangeParameters: {
            /** @description The last moment: seconds since 1970, or ISO 8601. */
            end: string;
            /** @description A query in PromQL. */
            query: string;
            /** @description The first moment: seconds since 1970, or ISO 8601. */
            start: string;
            /** @description The distance of two points: seconds, or a duration like `15s`, `1m`, `2h`. */
            step: string;
        };
        /** @description Something before and after. */
        RecordChange: {
            /** @description After; none if it goes. */
            after?: string | null;
            /** @description Before; none if it is new. */
            before?: string | null;
            /** @description What: a field of a record. */
            what: string;
        };
        /** @description How an identity is recovered. */
        Recovery: {
            /** @description When. */
            nextFrom?: string | null;
            /** @description Those that will replace them. */
            nextRecoverers: components["schemas"]["Party"][];
            /**
             * Format: int32
             * @description How many of them, then.
             */
            nextThreshold: number;
            /** @description Parties that together replace the controllers. */
            recoverers: components["schemas"]["Party"][];
            /**
             * Format: int32
             * @description How many of them.
             */
            threshold: number;
        };
        /** @description What a browser gives after a registration (`RegistrationResponseJSON`). Other fields are not looked at. */
        RegistrationAnswer: {
            /** @description The parts that count. */
            response: components["schemas"]["RegistrationParts"];
        };
        /** @description The parts of a registration that count, in base64url. */
        RegistrationParts: {
            /** @description The key that was made. */
            attestationObject: string;
            /** @description What the browser asked. */
            clientDataJSON: string;
        };
        /** @description What the ledger says when a proposal is tried out. */
        Rehearsal: {
            error?: components["schemas"]["RehearsalError"] | null;
            /** @description Names of the events that it would give, in order. */
            events: string[];
            /** @description Whether all its actions would pass. */
            ok: boolean;
        };
        /** @description An action that would be refused. */
        RehearsalError: components["schemas"]["DecodedError"] & {
            /**
             * Format: int64
             * @description Which action, from 0.
             */
            index: number;
        };
        /** @description A decision. */
        Review: {
            /** @description How. */
            approved: boolean;
            /** @description When. */
            at: string;
            /** @description Hash of the evidence. */
            evidence: string;
            /** @description Why. */
            reason: string;
            /** @description Who decided. */
            reviewer: string;
        };
        /**
         * @description A right in the console. Names are part of the HTTP API and of the scopes of API keys.
         * @enum {string}
         */
        Right: "explore" | "trace" | "transact" | "readGovernance" | "readIdentities" | "readOpenings" | "readAudit" | "monitor" | "readLogs" | "manageAlarms" | "readFindings" | "supervise" | "operate" | "administer" | "ownData";
        /** @description Where the evidence of a reason is found. */
        RiskEvidence: {
            /** @description What it is. */
            kind: components["schemas"]["RiskEvidenceKind"];
            /** @description The chain. */
            ledger?: string | null;
            /**
             * Format: int64
             * @description Number of the finding or case.
             */
            number?: number | null;
            /** @description The rule. */
            rule?: string | null;
            /** @description Subject of the findings, identity, or account. */
            subject?: string | null;
        };
        /**
         * @description What the evidence of a reason is.
         * @enum {string}
         */
        RiskEvidenceKind: "finding" | "findings" | "flows" | "failed" | "chain" | "identity" | "account" | "case";
        /** @description A reason of a risk. */
        RiskReason: {
            /** @description The rule, counterparty, chain or case that it is about. */
            about?: string | null;
            /**
             * Format: int64
             * @description What it is counted by: findings, payments, commands, seconds, blocks, percent, or the score of another.
             */
            amount: number;
            /** @description Where to look. */
            evidence: components["schemas"]["RiskEvidence"];
            /** @description What kind of reason. */
            kind: components["schemas"]["RiskReasonKind"];
            /**
             * Format: double
             * @description Points; all points of a subject add up to its score.
             */
            points: number;
        };
        /**
         * @description Kinds of reasons of a risk.
         * @enum {string}
         */
        RiskReasonKind: "findings" | "findingsOnTrial" | "exposure" | "chainExposure" | "unknownOwner" | "unvouched" | "frozen" | "notAdmitted" | "unverifiedPayers" | "rejectedCalls" | "silence" | "lag" | "falseGateways" | "notFollowed" | "overdueCommands" | "member" | "operated";
        /**
         * @description Whose risk.
         * @enum {string}
         */
        RiskSubjectKind: "chain" | "organisation" | "identity" | "account";
        /** @description A role. */
        Role: {
            /** @description Whether only Governance grants and revokes it. */
            consequential: boolean;
            /**
             * Format: int64
             * @description Height at which it was defined.
             */
            definedAt: number;
            /** @description Roles that nobody holds together with it. */
            excludes: components["schemas"]["RoleName"][];
            /**
             * Format: int64
             * @description Grants that have not ended; of more than 2,000, so many.
             */
            grants: number;
            /** @description Its id: keccak256 of its name. */
            id: string;
            /**
             * Format: int32
             * @description 0 (lowest) to 100.
             */
            level: number;
            /** @description Its name. */
            name: string;
            /** @description What it permits. */
            permissions: components["schemas"]["Permission"][];
            /** @description Active or Retired. */
            status: string;
        };
        /** @description A role by name. */
        RoleName: {
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name?: string | null;
        };
        /** @description Whether a rule can be written. */
        RuleCheck: {
            fault?: components["schemas"]["RuleFault"] | null;
            /**
             * Format: int64
             * @description How far it looks back, in seconds.
             */
            horizonSeconds?: number | null;
        };
        /** @description What is wrong with a rule. */
        RuleFault: {
            /**
             * Format: int64
             * @description Character of the line, from 1.
             */
            column?: number | null;
            /** @description What may stand there. */
            expected?: string | null;
            /** @description What stands there. */
            found?: string | null;
            /**
             * Format: int64
             * @description Line of the expression, from 1.
             */
            line?: number | null;
            /** @description What is wrong, in words. */
            message: string;
            /** @description `when`, `subject`, `condition`, `define.NAME`, or a field. */
            part: string;
        };
        /**
         * @description What a rule's findings are for.
         * @enum {string}
         */
        RuleMode: "shadow" | "active" | "retired";
        /** @description A finding that a back-test shows. */
        SampleFinding: {
            /** @description When it happened. */
            at: string;
            /** @description The event that was judged. */
            event: components["schemas"]["FindingEvidence"];
            /** @description Figures against limits. */
            figures: components["schemas"]["FindingFigure"][];
            /** @description The ledger. */
            ledger: string;
            /** @description Whom or what it is about. */
            subject: string;
            /** @description What happened. */
            text: components["schemas"]["BothLanguages"];
        };
        /** @description Where a grant holds. */
        Scope: {
            /** @description City, Ledger, Contract, Organisation or Grade. */
            kind: string;
            /** @description In words. */
            name?: string | null;
            /** @description Its value: 32 bytes. */
            value: string;
        };
        /** @description Something that was found. */
        SearchHit: {
            /** @description More about it. */
            detail?: string | null;
            /** @description What identifies it: the last part of its address in the API. */
            id: string;
            /**
             * @description `block`, `transaction`, `account`, `contract`, `token`, `organisation`, `identity`, `role`, `node`, `chain`,
             *     `proposal`, `ledger`.
             */
            kind: string;
            /** @description The ledger that it is on; none for what belongs to the city. */
            ledger?: string | null;
            /** @description What people call it. */
            title: string;
        };
        /**
         * @description A password, token or address with a token in it. Answers show [`Secret::MASK`] in its place; a change that
         *     sends the mask back keeps what was there.
         */
        Secret: string;
        /** @description Where an identity can be reached. */
        Service: {
            /** @description The address; text of strangers. */
            endpoint: string;
            /** @description Its name in the document. */
            fragment: string;
            /** @description Its type. */
            serviceType: string;
        };
        /** @description A session as its owner sees it in a list. */
        SessionItem: {
            /** @description What the client calls itself. */
            agent: string;
            /** @description When. */
            createdAt: string;
            /** @description Whether it is the one that asks. */
            current: boolean;
            /** @description When it ends. */
            expiresAt: string;
            /** @description Names it. */
            id: string;
            /** @description How it was signed in. */
            method: string;
            /** @description When it was last used, to the minute. */
            seenAt: string;
            /** @description Where it came from. */
            source: string;
        };
        /** @description A list of sessions. */
        Sessions: {
            items: components["schemas"]["SessionItem"][];
        };
        /** @description Who is signed in. */
        SessionView: {
            /** @description The account that was proved. */
            account?: string | null;
            /** @description What writes repeat in the header `X-CSRF-Token`. */
            csrf: string;
            /** @description When the session ends at the latest. */
            expires?: string | null;
            /** @description The identity, as a DID. */
            identity?: string | null;
            method?: components["schemas"]["Method"] | null;
            /** @description Ways to sign in here. */
            methods: components["schemas"]["Methods"];
            /** @description What an identity provider calls the person. */
            name?: string | null;
            /** @description How the person mostly uses the console. */
            personas: components["schemas"]["Persona"][];
            /** @description What may be done. */
            rights: components["schemas"]["Right"][];
            /** @description Whether the ledger could be asked for roles. */
            rolesKnown: boolean;
            /** @description Whether the last proof is fresh enough for dangerous acts. */
            steppedUp: boolean;
            /** @description Whether the person is known to an identity provider only, and can prove an account to be linked with. */
            unlinked: boolean;
        };
        /** @description The token of a one-time link. */
        SetupRequest: {
            /** @description What stands behind `#` in the link. */
            token: string;
        };
        /** @description How many findings of a severity there are. */
        SeverityCount: {
            /**
             * Format: int64
             * @description Open findings of active rules.
             */
            active: number;
            /** @description The severity. */
            severity: components["schemas"]["FindingSeverity"];
            /**
             * Format: int64
             * @description Open findings of rules on trial.
             */
            shadow: number;
            /**
             * Format: int64
             * @description All findings, whatever has become of them.
             */
            total: number;
        };
        /** @description What a browser gives after a sign-in (`AuthenticationResponseJSON`). Other fields are not looked at. */
        SignInAnswer: {
            /** @description The id of the key, in base64url. */
            id: string;
            /** @description The parts that count. */
            response: components["schemas"]["SignInParts"];
        };
        /** @description The parts of a sign-in that count, in base64url. */
        SignInParts: {
            /** @description What the device says. */
            authenticatorData: string;
            /** @description What the browser asked. */
            clientDataJSON: string;
            /** @description Its signature over both. */
            signature: string;
            /** @description For whom the key was made. */
            userHandle?: string | null;
        };
        /** @description A chain of the city. */
        SituationChain: {
            /** @description Its id in the registry of business chains. */
            chain?: string | null;
            /** @description The last 24 hours. */
            day: components["schemas"]["ChainActivity"];
            /**
             * Format: int64
             * @description Gateways that there are.
             */
            gateways?: number | null;
            /** @description How it is. */
            health: components["schemas"]["ChainHealth"];
            /**
             * Format: int64
             * @description Newest block that is known.
             */
            height?: number | null;
            /** @description The last sixty minutes. */
            hour: components["schemas"]["ChainActivity"];
            /** @description Whose it is. */
            kind: components["schemas"]["ChainKind"];
            /**
             * Format: int64
             * @description Blocks that the index is behind.
             */
            lag: number;
            /** @description When that was made. */
            lastBlockAt?: string | null;
            /** @description Transactions of each of the last sixty minutes, oldest first. */
            minutes: number[];
            /** @description Its name in the index; CAIP-2 of a business chain. */
            name: string;
            /**
             * Format: int64
             * @description Open findings of active rules.
             */
            open: number;
            /**
             * Format: int64
             * @description Open findings of rules on trial.
             */
            openOnTrial: number;
            /** @description Why. */
            reasons: components["schemas"]["RiskReason"][];
            /**
             * Format: int32
             * @description Risk, 0 to 100.
             */
            score: number;
            /** @description Its status in the registry. */
            status: string;
            /**
             * Format: int64
             * @description Gateways that must say the same about its blocks; none for a ledger of the city.
             */
            threshold?: number | null;
            /** @description What its operator calls it. */
            title?: string | null;
            worst?: components["schemas"]["FindingSeverity"] | null;
        };
        /** @description The situation of the city. */
        SituationPicture: {
            /** @description When it was last looked; none while the console has not looked yet. */
            at?: string | null;
            /** @description Chains, the main ledger first. */
            chains: components["schemas"]["SituationChain"][];
            /** @description What may flow between them. */
            flows: components["schemas"]["ChainFlow"][];
            /**
             * Format: int64
             * @description Blocks in the index that are not counted yet.
             */
            uncounted: number;
            /** @description Warnings. */
            warnings: components["schemas"]["SituationWarning"][];
        };
        /** @description The risk of somebody or something. */
        SituationRisk: {
            /** @description Its name, DID, or account. */
            id: string;
            /** @description What it is. */
            kind: components["schemas"]["RiskSubjectKind"];
            /** @description The chain of an account. */
            ledger?: string | null;
            /** @description Why, those with the most points first, at most twenty. */
            reasons: components["schemas"]["RiskReason"][];
            /**
             * Format: int32
             * @description 0 to 100.
             */
            score: number;
            /** @description What it is called. */
            title?: string | null;
        };
        /** @description A threshold. */
        SituationThreshold: {
            /**
             * Format: double
             * @description It warns above this.
             */
            above: number;
            /** @description `coin`, or the address of the token; empty for what is not an amount. */
            asset: string;
            /** @description The chain. */
            ledger: string;
            /** @description What is measured. */
            measure: components["schemas"]["TrendMeasure"];
            /** @description When. */
            setAt: string;
            /** @description Who set it. */
            setBy: string;
            /** @description In which steps. */
            step: components["schemas"]["TrendStep"];
        };
        /** @description A series with its forecast. */
        SituationTrend: {
            /** @description What is moved most on the chain. */
            assets: components["schemas"]["AssetMoved"][];
            /** @description Whole steps, oldest first, then the one that has not ended, then those to come. */
            points: components["schemas"]["TrendPoint"][];
            /**
             * Format: int64
             * @description Whole steps without which there is no forecast.
             */
            pointsMin: number;
            /**
             * Format: double
             * @description The threshold that is set.
             */
            threshold?: number | null;
            trial?: components["schemas"]["ForecastTrial"] | null;
            /**
             * Format: int64
             * @description Whole steps among them.
             */
            whole: number;
        };
        /** @description A warning. */
        SituationWarning: {
            /** @description `coin`, or the address of the token; empty for what is not an amount. */
            asset: string;
            /** @description Begin of the step that it is about. */
            at: string;
            /** @description Why. */
            cause: components["schemas"]["WarningCause"];
            /**
             * Format: double
             * @description What was, or is expected.
             */
            figure: number;
            /** @description The chain. */
            ledger: string;
            /**
             * Format: double
             * @description The end of the band that was left, or the threshold.
             */
            limit: number;
            /** @description What is measured. */
            measure: components["schemas"]["TrendMeasure"];
            /** @description In which steps. */
            step: components["schemas"]["TrendStep"];
        };
        /** @description A slot of storage, before and after. */
        SlotChange: {
            /** @description After; none if it is empty. */
            after?: string | null;
            /** @description Before; none if it was empty. */
            before?: string | null;
            /** @description The slot. */
            slot: string;
        };
        /** @description A source that is claimed to be that of a contract: Standard JSON, or one file with its settings. */
        SourceClaim: {
            /** @description The release that compiles it; the one that the code names without it. */
            compiler?: string | null;
            /** @description What the constructor was given, in hexadecimal; it is compared with the creation. */
            constructorArguments?: string | null;
            /** @description Name of the contract, or `path:Name`; any contract of the source that fits without it. */
            contract?: string | null;
            file?: components["schemas"]["SourceFile"] | null;
            /** @description Standard JSON, as compilers read it, with the content of each file. */
            standardJson?: unknown;
        };
        /** @description One file with what is needed to compile it. */
        SourceFile: {
            /** @description The version of the EVM; the compiler's own without it. */
            evmVersion?: string | null;
            /** @description Whether the optimizer runs. */
            optimizer?: boolean;
            /** @description Its path; `Contract.sol` without it. */
            path?: string | null;
            /**
             * Format: int32
             * @description How often each instruction will run, as the optimizer takes it; 200 without it.
             */
            runs?: number | null;
            /** @description Its text. */
            source: string;
            /** @description Whether it is compiled by way of Yul (`viaIR`). */
            viaIr?: boolean;
        };
        /** @description What a transaction changed. */
        StateChanges: {
            /** @description By account. */
            accounts: components["schemas"]["AccountChange"][];
            /** @description The transaction. */
            transaction: string;
        };
        /** @description How many are in a state. */
        StateCount: {
            /**
             * Format: int64
             * @description How many.
             */
            count: number;
            /** @description The state. */
            state: string;
        };
        /** @description A change of status. */
        StatusChange: {
            /** @description By whom. */
            by: string;
            /**
             * Format: int64
             * @description At which height.
             */
            height: number;
            /** @description Why. */
            reason: string;
            /** @description Since when. */
            since: string;
            /** @description The new status. */
            status: string;
        };
        /** @description What the stream of events carries, by the name of the event: `block`, `lag`, `alarm`, `session`. */
        StreamEvent: {
            /** @description Time of the block. */
            at: string;
            /** @enum {string} */
            event: "block";
            /** @description Hash of the block. */
            hash: string;
            /**
             * Format: int64
             * @description Its height.
             */
            height: number;
            /** @description The ledger. */
            ledger: string;
            /**
             * Format: int64
             * @description Transactions in it.
             */
            transactions: number;
        } | {
            /** @enum {string} */
            event: "lag";
            /**
             * Format: int64
             * @description Blocks.
             */
            lag: number;
            /** @description The ledger. */
            ledger: string;
        } | {
            /** @enum {string} */
            event: "alarm";
            /** @description The rule. */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description How severe. */
            severity: string;
            /** @description `firing` or `resolved`. */
            state: string;
            /** @description What was found. */
            summary: string;
        } | {
            /** @enum {string} */
            event: "session";
            /** @description When. */
            expires: string;
        };
        /** @description What the city knows about a subject, for commands. */
        SubjectDetail: {
            /** @description Chains that can be commanded: the main ledger, and business chains that were admitted. */
            chains: components["schemas"]["CaseChain"][];
            /** @description The identity behind it (DID), for who may see that. */
            identity?: string | null;
            /** @description The status of that identity. */
            identityStatus?: string | null;
            /** @description Accounts and contracts, on all chains. */
            targets: components["schemas"]["SubjectTarget"][];
        };
        /** @description An account or contract of a subject. */
        SubjectTarget: {
            /** @description CAIP-10. */
            account: string;
            /** @description The address. */
            address: string;
            /** @description Id of the chain, if it can be commanded. */
            chain?: string | null;
            /** @description Whether it is a contract. */
            isContract: boolean;
            /** @description Whether the main ledger isolates it already. */
            isIsolated: boolean;
        };
        /** @description Something that was done. */
        SupervisionAct: {
            /** @description What: `written`, `active`, `shadow`, `retired`, `changed`, `dismissed`, …. */
            act: string;
            /** @description Who. */
            actor: string;
            /** @description When. */
            at: string;
            /** @description In more words. */
            detail: string;
            /**
             * Format: int64
             * @description Grows with time.
             */
            number: number;
        };
        /** @description Something that may have been missed. */
        SupervisionNotice: {
            /**
             * Format: int64
             * @description How often.
             */
            count: number;
            /** @description The day (UTC). */
            day: string;
            /** @description `evicted`, `saturated`, `late`, `ahead`, `fault`, `unwatched`. */
            kind: string;
            /** @description The rule; none, if it concerns all. */
            rule?: string | null;
        };
        /** @description A version of a rule. */
        SupervisionRule: {
            /** @description Why it is not at work, although its mode says so. */
            fault?: string | null;
            /**
             * Format: int64
             * @description All findings.
             */
            findings: number;
            /** @description What its findings are for. */
            mode: components["schemas"]["RuleMode"];
            /**
             * Format: int64
             * @description Findings that are open.
             */
            open: number;
            /** @description The rule. */
            rule: components["schemas"]["SupervisionRuleDraft"];
            /**
             * Format: int32
             * @description From 1.
             */
            version: number;
            /** @description When. */
            writtenAt: string;
            /** @description Who wrote it. */
            writtenBy: string;
        };
        /** @description A rule with its past. */
        SupervisionRuleDetail: {
            /** @description What was done to it, newest first. */
            history: components["schemas"]["SupervisionAct"][];
            /** @description Its versions, newest first. */
            versions: components["schemas"]["SupervisionRule"][];
        };
        /** @description A rule as it is written. */
        SupervisionRuleDraft: {
            /** @description When there is a finding. */
            condition?: string | null;
            /** @description How long a subject that was found is not found again. */
            cooldown?: string | null;
            /** @description Expressions with a name. */
            define?: {
                [key: string]: string;
            };
            /** @description Its name, `a-z`, `0-9`, `-`; stays the same from version to version. */
            id: string;
            /** @description The law, regulation or decision that allows it. */
            legalBasis: string;
            /** @description The office that answers for it. */
            owner: string;
            /** @description How grave its findings are. */
            severity: components["schemas"]["FindingSeverity"];
            /** @description A finding when nothing was heard for so long. */
            silence?: string | null;
            /** @description Whom a finding is about. */
            subject: string;
            /** @description What a finding says; `{subject}` and the names of `define` are filled in. */
            text: components["schemas"]["BothLanguages"];
            /** @description What it is called. */
            title: components["schemas"]["BothLanguages"];
            /** @description Which events concern it. */
            when?: string | null;
        };
        /** @description Supervision at a glance. */
        SupervisionSummary: {
            /** @description Findings of the last 30 days; days without are left out. */
            days: components["schemas"]["FindingDay"][];
            /** @description Why nothing is judged now. */
            fault?: string | null;
            /** @description How far each ledger is. */
            ledgers: components["schemas"]["JudgedLedger"][];
            /** @description What may have been missed, newest first. */
            notices: components["schemas"]["SupervisionNotice"][];
            /** @description Whether windows are being filled after a start or a change of rules; findings come when they are full. */
            replays: boolean;
            /**
             * Format: int64
             * @description Rules at work.
             */
            rulesActive: number;
            /**
             * Format: int64
             * @description Rules on trial.
             */
            rulesShadow: number;
            /** @description By severity, the gravest first. */
            severities: components["schemas"]["SeverityCount"][];
        };
        /** @description How a test message went. */
        TestOutcome: {
            /** @description Whether the receiver took it. */
            delivered: boolean;
            /** @description What the receiver said, or why it could not be reached. */
            detail: string;
            /**
             * Format: int64
             * @description How long it took.
             */
            elapsedMs: number;
        };
        /**
         * @description How the console stands to the thesaurus in force.
         * @enum {string}
         */
        ThesaurusStanding: "none" | "held" | "earlier" | "absent" | "other" | "unreadable";
        /** @description A version of the thesaurus. */
        ThesaurusVersion: {
            /** @description When. */
            approvedAt?: string | null;
            /** @description Account that approved it; none while it waits. */
            approvedBy?: string | null;
            /**
             * Format: int32
             * @description Its categories.
             */
            categories: number;
            /**
             * Format: int64
             * @description The first height of the main ledger at which it counts.
             */
            fromHeight: number;
            /** @description Hash of the thesaurus. */
            hash: string;
            /** @description The decision that allows it. */
            legalBasis: string;
            /** @description When. */
            publishedAt: string;
            /** @description Account that published it. */
            publishedBy: string;
            /**
             * Format: int32
             * @description From 1.
             */
            version: number;
        };
        /**
         * Format: date-time
         * @description A moment: milliseconds since 1970. As JSON an ISO 8601 text in UTC.
         * @example 2026-11-30T08:30:00.000Z
         */
        Time: string;
        /** @description Something that happened to a proposal, or that will. */
        TimelineEntry: {
            /** @description Whether it lies ahead. */
            ahead: boolean;
            /** @description When; none if it is not known. */
            at?: string | null;
            /** @description By whom. */
            by?: string | null;
            /** @description The transaction, if it is known. */
            transaction?: string | null;
            /**
             * @description `created`, `vote`, `votingEnds`, `approved`, `executableFrom`, `executableUntil`, `executed`, `rejected`,
             *     `withdrawn`, `expired`.
             */
            what: string;
        };
        /** @description A token. */
        Token: components["schemas"]["TokenBrief"] & {
            /**
             * Format: int64
             * @description Accounts that hold some; none where the index begins later than the chain.
             */
            holders?: number | null;
            /** @description How much there is; none where it is not known. */
            totalSupply?: string | null;
            /**
             * Format: int64
             * @description Transfers so far.
             */
            transfers: number;
        };
        /** @description A token in a few words. */
        TokenBrief: {
            /** @description Its contract. */
            address: string;
            /**
             * Format: int32
             * @description Digits after the decimal point.
             */
            decimals?: number | null;
            /** @description `ERC-20`, `ERC-721` or `ERC-1155`. */
            kind: string;
            /** @description Its name, as its contract says; text of strangers. */
            name?: string | null;
            /** @description Its symbol, as its contract says; text of strangers. */
            symbol?: string | null;
        };
        /** @description Who is connected to whom. */
        Topology: {
            /** @description Links between them, each once. */
            links: components["schemas"]["Link"][];
            /** @description The nodes. */
            nodes: components["schemas"]["TopologyNode"][];
        };
        /** @description A node on the picture. */
        TopologyNode: {
            /**
             * Format: int64
             * @description Its height; none if it does not answer.
             */
            height?: number | null;
            /** @description Its key. */
            key?: string | null;
            /**
             * Format: int64
             * @description Blocks that it is behind the highest node.
             */
            lag?: number | null;
            /** @description Whether it proposed the newest block. */
            leader: boolean;
            /** @description Its name. */
            name: string;
            /** @description Name of its organisation. */
            organisation?: string | null;
            /**
             * Format: int64
             * @description Nodes that it is linked to.
             */
            peers?: number | null;
            /** @description What it does: Observer, Validator, Standby, Light. */
            role?: string | null;
            /** @description Its status in the registry. */
            status?: string | null;
            /** @description Whether it answers; none for a node that the console cannot ask. */
            up?: boolean | null;
            /** @description Whether it votes. */
            voting?: boolean | null;
        };
        /** @description The trace of a transaction. */
        Trace: {
            /** @description Its outermost call. */
            root: components["schemas"]["TraceCall"];
            /** @description The transaction. */
            transaction: string;
            /** @description Whether calls were left out: a trace shows at most 2,000. */
            truncated: boolean;
        };
        /** @description How a transaction ran: a tree of calls. */
        TraceCall: {
            call?: components["schemas"]["DecodedCall"] | null;
            /** @description Calls that it made. */
            calls: components["schemas"]["TraceCall"][];
            error?: components["schemas"]["DecodedError"] | null;
            /** @description Who called. */
            from: string;
            /**
             * Format: int64
             * @description Gas that was given.
             */
            gas: number;
            /**
             * Format: int64
             * @description Gas that was used.
             */
            gasUsed: number;
            /** @description Input. */
            input: string;
            /** @description `CALL`, `STATICCALL`, `DELEGATECALL`, `CREATE`, `CREATE2`, `SELFDESTRUCT`. */
            kind: string;
            /** @description Output. */
            output?: string | null;
            /** @description Whom. */
            to?: string | null;
            /** @description Name of who was called. */
            toName?: string | null;
            /** @description Coin that went along, in wei. */
            value: string;
        };
        /** @description A transaction. */
        TransactionDetail: components["schemas"]["TransactionSummary"] & {
            /** @description Hash of its block. */
            blockHash: string;
            call?: components["schemas"]["DecodedCall"] | null;
            error?: components["schemas"]["DecodedError"] | null;
            /** @description Its events. */
            events: components["schemas"]["Event"][];
            /**
             * Format: int64
             * @description Gas that it allowed; none as `nonce`.
             */
            gasLimit?: number | null;
            /** @description Price of gas that it paid, in wei; none on a foreign chain, where nobody attests it. */
            gasPrice?: string | null;
            /** @description Its input. */
            input: string;
            /**
             * Format: int32
             * @description Its type (EIP-2718); none as `nonce`.
             */
            kind?: number | null;
            /**
             * Format: int64
             * @description Its number among those of the sender; none where its chain has no such thing.
             */
            nonce?: number | null;
            /** @description What it moved. */
            transfers: components["schemas"]["Transfer"][];
        };
        /** @description A transaction in a list. */
        TransactionSummary: {
            /** @description Time of its block. */
            at: string;
            /**
             * Format: int64
             * @description Height of its block.
             */
            block: number;
            /** @description The contract that it deployed. */
            contractCreated?: string | null;
            /** @description What it cost, in wei; none as `gasUsed`. */
            fee?: string | null;
            /** @description Who sent it. */
            from: string;
            /** @description Name of the sender. */
            fromName?: string | null;
            /**
             * Format: int64
             * @description Gas used; none on a foreign chain, where nobody attests it.
             */
            gasUsed?: number | null;
            /** @description Its hash. */
            hash: string;
            /**
             * Format: int64
             * @description Its place in the block.
             */
            index: number;
            /** @description The function, if it is known. */
            method?: string | null;
            /** @description The first four bytes of the input, if there are some. */
            selector?: string | null;
            /** @description `success` or `failed`. */
            status: string;
            /** @description To whom; none if it deployed a contract. */
            to?: string | null;
            /** @description Name of the receiver. */
            toName?: string | null;
            /** @description What it carries of the ledger's coin, in wei. */
            value: string;
        };
        /** @description A movement of a token. */
        Transfer: {
            /** @description How much. */
            amount: string;
            /** @description Time of its block. */
            at?: string | null;
            /**
             * Format: int64
             * @description Height of its block.
             */
            block: number;
            /** @description From whom; the zero address when it came to be. */
            from: string;
            /** @description Name of the former owner. */
            fromName?: string | null;
            /**
             * Format: int64
             * @description Place of its event in the block.
             */
            index: number;
            /** @description To whom; the zero address when it ceased to be. */
            to: string;
            /** @description The token. */
            token: components["schemas"]["TokenBrief"];
            /** @description Which one, of tokens that are not all alike. */
            tokenId?: string | null;
            /** @description Name of the new owner. */
            toName?: string | null;
            /** @description Its transaction. */
            transaction: string;
        };
        /**
         * @description What is measured.
         * @enum {string}
         */
        TrendMeasure: "transactions" | "failed" | "value" | "findings";
        /** @description A step of a series. */
        TrendPoint: {
            /** @description Its begin. */
            at: string;
            /**
             * Format: double
             * @description What is or was expected.
             */
            expected?: number | null;
            /**
             * Format: double
             * @description What was; none for what is to come.
             */
            figure?: number | null;
            /**
             * Format: double
             * @description Not more than this is expected.
             */
            high?: number | null;
            /**
             * Format: double
             * @description Not less than this is expected.
             */
            low?: number | null;
        };
        /**
         * @description Steps of a series.
         * @enum {string}
         */
        TrendStep: "minute" | "hour" | "day";
        /** @description What messages of a chain are verified against. */
        TrustRoot: {
            /** @description When it was added. */
            at: string;
            /** @description BlockHash, ValidatorSet, Certificate, Contract or Other. */
            kind: string;
            /** @description The root. */
            root: string;
            /**
             * Format: int64
             * @description Height of the chain from which on it holds.
             */
            validFromHeight: number;
        };
        /** @description A file that cannot be used. */
        UnusableCompiler: {
            /** @description The file. */
            file: string;
            /** @description Why not. */
            reason: string;
        };
        /** @description A vote. */
        Vote: {
            /** @description Who voted in its name. */
            account: string;
            /** @description Yes or no. */
            approve: boolean;
            /** @description When. */
            at: string;
            /** @description The organisation. */
            organisation: string;
            /** @description Its name. */
            organisationName?: string | null;
            /** @description Why. */
            reason: string;
        };
        /**
         * @description Why it warns.
         * @enum {string}
         */
        WarningCause: "leftBand" | "above" | "willBeAbove";
        /** @description Who can call a function. */
        WhoCan: {
            /** @description Some of the grants in force that permit it. */
            items: components["schemas"]["Grant"][];
            /** @description The cursor of the next page; none at the end. A page can have fewer items than asked for, or none, before it. */
            next?: string | null;
            /** @description The kind of proposal that can do it. */
            proposalKind?: string | null;
        };
        /** @description Words that say why. */
        Why: {
            /** @description The words. */
            reason: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getOpenapiJson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Alarms: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AlarmRule"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1Alarms: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlarmRuleDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmRule"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1AlarmsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The rule. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmRule"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putV1AlarmsId: {
        parameters: {
            query: {
                /** @description The version that the change was made from; another one in between is a conflict. */
                version: number;
            };
            header?: never;
            path: {
                /** @description The rule. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlarmRuleDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmRule"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteV1AlarmsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The rule. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1AlarmsIdAcknowledge: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The rule. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Comment"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Alarm"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1AlarmsIdSilence: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The rule. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlarmSilenceDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmSilence"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1AlarmsExport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1AlarmsFiring: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Alarm"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1AlarmsHistory: {
        parameters: {
            query?: {
                /** @description Where to go on: `next` of the part before. */
                cursor?: string;
                /** @description Entries of a part: 50 where it is absent, at most 200. */
                limit?: number;
                /** @description Of this rule or channel alone. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AlarmHistoryEntry"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1AlarmsImport: {
        parameters: {
            query?: {
                /** @description Only say what would become of it. */
                dryRun?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": string;
                "application/yaml": string;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmRulesImport"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1AlarmsSilences: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AlarmSilence"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteV1AlarmsSilencesId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The silence. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeys"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1Keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeApiKey"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteV1KeysId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Audit: {
        parameters: {
            query?: {
                /** @description By this account or node. */
                actor?: string;
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Of this kind. */
                kind?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description `node` (anchors of nodes) or `console` (the console's own records); both without it. */
                source?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AuditRecord"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1Call: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answered"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Cases: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description In this state. */
                state?: components["schemas"]["CaseState"];
                /** @description Whose title, subject or legal basis has this in it. */
                text?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CaseSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1CasesId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its number. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1CasesSubject: {
        parameters: {
            query: {
                /** @description An account (CAIP-10), a DID, or a chain (CAIP-2). */
                subject: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubjectDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Certificates: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_NodeCertificate"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Chains: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description Registered, UnderReview, Active, Rejected, Frozen or Cancelled. */
                status?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Chain"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1ChainsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description CAIP-2, or id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChainDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1ChainsIdAnchors: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description CAIP-2, or id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ChainAnchor"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Channels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AlarmChannel"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1Channels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlarmChannelDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmChannel"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1ChannelsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmChannel"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putV1ChannelsId: {
        parameters: {
            query: {
                /** @description The version that the change was made from; another one in between is a conflict. */
                version: number;
            };
            header?: never;
            path: {
                /** @description The channel. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlarmChannelDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlarmChannel"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteV1ChannelsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1ChannelsIdTest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestOutcome"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Commands: {
        parameters: {
            query?: {
                /** @description Of this case. */
                case?: number;
                /** @description Of this chain: CAIP-2, or the id. */
                chain?: string;
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description In this state. */
                state?: components["schemas"]["CommandState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CaseCommand"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1CommandsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its number. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaseCommand"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Compilers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Compilers"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Content: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContentOverview"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Identities: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Person, Organisation, Node or Thing. */
                kind?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description Active, Frozen or Cancelled. */
                status?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_IdentitySummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1IdentitiesDid: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description DID, or id. */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1IdentitiesDidActivity: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description On this ledger or chain only: its name. */
                ledger?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description DID, or id. */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeedPage"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LabelNameValues: {
        parameters: {
            query?: {
                /** @description Until when: seconds since 1970, or ISO 8601. */
                end?: string;
                /** @description Selectors like `up{node="node0"}`; series of any of them are meant. Required by `series`. */
                "match[]"?: string[];
                /** @description From when: seconds since 1970, or ISO 8601. */
                start?: string;
            };
            header?: never;
            path: {
                /** @description Name of the label. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_String"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Labels: {
        parameters: {
            query?: {
                /** @description Until when: seconds since 1970, or ISO 8601. */
                end?: string;
                /** @description Selectors like `up{node="node0"}`; series of any of them are meant. Required by `series`. */
                "match[]"?: string[];
                /** @description From when: seconds since 1970, or ISO 8601. */
                start?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_String"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Ledgers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_LedgerSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedger: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerAccounts: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AccountSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerAccountsAddress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerAccountsAddressBalances: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Balance"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerAccountsAddressTransactions: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TransactionSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerAccountsAddressTransfers: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Transfer"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerActivity: {
        parameters: {
            query?: {
                /** @description Seconds of a step; 60 without it. */
                seconds?: number;
                /** @description Steps, the newest last; 60 without it. */
                steps?: number;
            };
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Activity"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerBlocks: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_BlockSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerBlocksBlock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Height or hash of the block. */
                block: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerBlocksBlockCertificate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Height or hash of the block. */
                block: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BlockCertificate"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerContracts: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ContractSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerContractsAddress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContractDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putV1LedgersLedgerContractsAddressAbi: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AbiClaim"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContractSource"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerContractsAddressSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContractSource"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1LedgersLedgerContractsAddressSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SourceClaim"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ContractSource"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerEvents: {
        parameters: {
            query?: {
                /** @description Of this contract. */
                contract?: string;
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description With this first topic, or of this name. */
                topic?: string;
                /** @description Of this transaction, in their order; without the other filters. */
                transaction?: string;
            };
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Event"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerFlows: {
        parameters: {
            query?: {
                /** @description From or to this account. */
                account?: string;
                /** @description From this height on. */
                from?: number;
                /** @description Up to and with this height. */
                to?: number;
            };
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flows"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1LedgersLedgerRpc: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerTokens: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Token"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerTokensAddress: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerTokensAddressHolders: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Holder"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerTokensAddressTransfers: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The address. */
                address: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Transfer"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerTransactions: {
        parameters: {
            query?: {
                /** @description Sent or received by this account. */
                account?: string;
                /** @description Of the block of this height. */
                block?: number;
                /** @description To this contract. */
                contract?: string;
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description That call this function: its selector, or its name. */
                method?: string;
                /** @description `success` or `failed`. */
                status?: string;
            };
            header?: never;
            path: {
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_TransactionSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerTransactionsHash: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Hash of the transaction. */
                hash: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TransactionDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerTransactionsHashChanges: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Hash of the transaction. */
                hash: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StateChanges"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1LedgersLedgerTransactionsHashTrace: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Hash of the transaction. */
                hash: string;
                /** @description Name of the ledger; `main` for the main ledger. */
                ledger: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trace"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Logs: {
        parameters: {
            query?: {
                /** @description Where to go on: `next` of the part before. */
                cursor?: string;
                /** @description From this moment on. */
                from?: string;
                /** @description At least this grave. */
                level?: components["schemas"]["LogLevel"];
                /** @description Lines of a part: 100 where it is absent, at most 200. */
                limit?: number;
                /** @description Of this node, or other source of lines. */
                node?: string;
                /**
                 * @description Words that the line must contain, in any order, without regard to case: `peer lost`, `"in quotes for a
                 *     phrase"`, `-without`. Chinese needs no spaces between words.
                 */
                q?: string;
                /** @description Before this moment. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_LogLine"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1MeAccesses: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Access"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1MeAccounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_OwnAccount"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1MeActivity: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description On this ledger or chain only: its name. */
                ledger?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeedPage"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1MeNotices: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CaseNotice"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Nodes: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Node"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1NodesName: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or key. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Node"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Notices: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description Whether only those without a reply are wanted. */
                unanswered?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_CaseNotice"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1NoticesTexts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NoticeText"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeptText"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Openings: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Opening"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1OperationsConsole: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatedConsole"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1OperationsNodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_OperatedNode"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1OperationsNodesName: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the node. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OperatedNode"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1OperationsNodesNameCertificateRenew: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the node. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderDone"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1OperationsNodesNameStart: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the node. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderDone"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1OperationsNodesNameStop: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the node. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderDone"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Organisations: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Organisation"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1OrganisationsName: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganisationDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Overview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Parameters: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Parameters"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Passkeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Passkeys"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteV1PasskeysId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1PermissionsWhoCan: {
        parameters: {
            query: {
                /** @description The contract: its address, or the name of a system contract. */
                contract: string;
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description The function: its name, its signature, or its selector. */
                function: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WhoCan"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1Prepare: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CallRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prepared"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Proposals: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description Of this state: Open, Approved, Executed, Rejected, Expired, Withdrawn. */
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ProposalSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1ProposalsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its number. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProposalDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Query: {
        parameters: {
            query: {
                /** @description A query in PromQL. */
                query: string;
                /** @description When: seconds since 1970, or ISO 8601. Now, where it is absent. */
                time?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_MetricData"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1Query: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["InstantParameters"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_MetricData"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1QueryRange: {
        parameters: {
            query: {
                /** @description The last moment: seconds since 1970, or ISO 8601. */
                end: string;
                /** @description A query in PromQL. */
                query: string;
                /** @description The first moment: seconds since 1970, or ISO 8601. */
                start: string;
                /** @description The distance of two points: seconds, or a duration like `15s`, `1m`, `2h`. */
                step: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_MetricData"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1QueryRange: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["RangeParameters"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_MetricData"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1ReportsCasesIdFile: {
        parameters: {
            query: {
                /** @description Its form. */
                form: "csv" | "pdf";
                /** @description Its language; that of the request without it. */
                language?: "en" | "zh";
            };
            header?: never;
            path: {
                /** @description Number of the case. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1ReportsPeriod: {
        parameters: {
            query: {
                /** @description From when on: seconds since 1970. */
                from: number;
                /** @description Until when, not included: seconds since 1970; at most 400 days after `from`. */
                until: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PeriodReport"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1ReportsPeriodFile: {
        parameters: {
            query: {
                /** @description Its form. */
                form: "csv" | "pdf";
                /** @description From when on: seconds since 1970. */
                from: number;
                /** @description Its language; that of the request without it. */
                language?: "en" | "zh";
                /** @description Until when, not included: seconds since 1970; at most 400 days after `from`. */
                until: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Roles: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Role"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1RolesId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name or id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1RolesIdGrants: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Name or id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Grant"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Search: {
        parameters: {
            query: {
                /** @description A number, a hash, an address, or a part of a name; 1 to 128 characters. */
                q: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SearchHit"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Series: {
        parameters: {
            query?: {
                /** @description Until when: seconds since 1970, or ISO 8601. */
                end?: string;
                /** @description Selectors like `up{node="node0"}`; series of any of them are meant. Required by `series`. */
                "match[]"?: string[];
                /** @description From when: seconds since 1970, or ISO 8601. */
                start?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Answer_Vec_BTreeMap"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteV1Session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SessionAccount: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccountProof"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SessionChallenge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChallengeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountChallenge"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SessionExamples: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_ExampleAccount"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SessionOidcCallback: {
        parameters: {
            query?: {
                /** @description Stands for the token. */
                code?: string;
                /** @description What went wrong there. */
                error?: string;
                /** @description The provider. */
                iss?: string;
                /** @description Names the sign-in. */
                state?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Into the console, or back to the page of sign-ins with `error` */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SessionOidcStart: {
        parameters: {
            query?: {
                /** @description Whether the person must prove afresh who they are. */
                fresh?: boolean;
                /** @description Whether to link the person with the account that is signed in. */
                link?: boolean;
                /** @description The path of the console to go on to. */
                next?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description To the provider, or back to the page of sign-ins with `error` */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SessionPasskeyLoginBegin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyQuestion"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SessionPasskeyLoginFinish: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeySignIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SessionPasskeyRegisterBegin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyQuestion"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SessionPasskeyRegisterFinish: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasskeyRegistration"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Passkey"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SessionSetup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sessions"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteV1SessionsId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SignIns: {
        parameters: {
            query?: {
                /** @description Those of everybody; for administrators and who reads the audit trail. */
                all?: boolean;
                /** @description Where the page begins. */
                cursor?: string;
                /** @description Records on the page, at most 200. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attempts"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Problem"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Situation: {
        parameters: {
            query?: {
                /** @description Hours, 1 to 720; 24 without it. */
                hours?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SituationPicture"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SituationRisks: {
        parameters: {
            query?: {
                /** @description Of chains, without it. */
                kind?: components["schemas"]["RiskSubjectKind"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SituationRisk"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SituationThresholds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SituationThreshold"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putV1SituationThresholds: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewThreshold"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SituationThreshold"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SituationTrend: {
        parameters: {
            query: {
                /** @description `coin`, or the address of a token: for what was moved. */
                asset?: string;
                /** @description The chain. */
                ledger: string;
                /** @description What is measured. */
                measure: components["schemas"]["TrendMeasure"];
                /** @description Hours, without it. */
                step?: components["schemas"]["TrendStep"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SituationTrend"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Stream: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["StreamEvent"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Supervision: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupervisionSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SupervisionBackTests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_BackTestDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SupervisionBackTests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBackTest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackTestDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SupervisionBackTestsNumber: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its number. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackTestDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteV1SupervisionBackTestsNumber: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its number. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It ends. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SupervisionFindings: {
        parameters: {
            query?: {
                /** @description The cursor that the page before gave as `next`; none for the first page. */
                cursor?: string;
                /** @description In which exactly this event was judged: `LEDGER/HEIGHT/INDEX` is a transaction. */
                event?: string;
                /** @description On this ledger. */
                ledger?: string;
                /** @description Items, 1 to 200; 50 without it. */
                limit?: number;
                /** @description Of rules in this mode. */
                mode?: components["schemas"]["RuleMode"];
                /** @description Of this rule. */
                rule?: string;
                /** @description Of this severity. */
                severity?: components["schemas"]["FindingSeverity"];
                /** @description In this state. */
                state?: components["schemas"]["FindingState"];
                /** @description About this account, identity, or chain. */
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_FindingSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SupervisionFindingsNumber: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its number. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SupervisionFindingsNumberDismiss: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its number. */
                number: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Why"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SupervisionFindingsNumberDocument: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its number. */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FindingDocument"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SupervisionLists: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_NamedListSummary"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SupervisionListsName: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamedListDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putV1SupervisionListsName: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its name. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewListEntries"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NamedListDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SupervisionRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SupervisionRule"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SupervisionRules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRuleVersion"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupervisionRuleDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1SupervisionRulesId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The rule. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupervisionRuleDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SupervisionRulesIdVersionsVersionMode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The rule. */
                id: string;
                /** @description The version. */
                version: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMode"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupervisionRuleDetail"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postV1SupervisionRulesCheck: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SupervisionRuleDraft"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleCheck"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getV1Topology: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Topology"];
                };
            };
            /** @description Refused, or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
