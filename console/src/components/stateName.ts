/** `UnderReview`, `under-review` and `under_review` are one state. */
export const stateName = (value: string) =>
  value.charAt(0).toLowerCase() + value.slice(1).replace(/[-_ ]+(\w)/g, (_, letter: string) => letter.toUpperCase());
