// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721URIStorage} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721URIStorage.sol";

/// An ERC-721 that anyone may issue.
contract CityDeed is ERC721URIStorage {
    uint256 public issued;

    constructor() ERC721("City Deed", "DEED") {}

    function issue(address holder, string calldata uri) external returns (uint256 deed) {
        deed = ++issued;
        _safeMint(holder, deed);
        _setTokenURI(deed, uri);
    }
}
