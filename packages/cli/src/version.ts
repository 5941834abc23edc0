/** Version of the program; a test compares it with the manifest, which type stripping and `rootDir` keep out of reach. */
export const programVersion = "0.1.0";
