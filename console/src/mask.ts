/** What stands for words of the thesaurus, and for bytes that have them, in what the console gives out. */
export const MASK = '▇▇▇';
