/** The made-up person whose conversations the demo holds. */
export const demoPerson = {
  name: "Robin Sample",
  /** `.example` can never be a real address. */
  email: "robin@sample.example",
  chatgptUserId: "user-RobinSampleDemo0000000001",
  claudeAccountId: "5a3d1e00-0000-4000-8000-00000000d3e0",
};
