import { ChattyError } from "@chatty/model";

export function uploadNotFound(uploadId: string): ChattyError {
  return new ChattyError("UPLOAD_NOT_FOUND", `There is no upload ${JSON.stringify(uploadId.slice(0, 80))}.`, {
    hint: "It was imported, called off, or left alone for seven days. Begin a new one.",
  });
}

export function uploadInvalid(message: string): ChattyError {
  return new ChattyError("UPLOAD_INVALID", message, {
    hint: "Give the file's name, at most 500 characters, and its size in bytes.",
  });
}

export function wrongOffset(uploadId: string, given: number, expected: number): ChattyError {
  const message = `The upload goes on at byte ${expected}, not at ${given}.`;
  return new ChattyError("UPLOAD_OFFSET", message, {
    hint: "Ask how far it is, and send what follows.",
    where: { upload: uploadId, expected },
  });
}

export function uploadTooLong(uploadId: string, size: number): ChattyError {
  return new ChattyError("UPLOAD_TOO_LONG", `More came than the ${size} bytes that were announced.`, {
    hint: "Call it off and begin again with the right size.",
    where: { upload: uploadId, expected: size },
  });
}

export function uploadIncomplete(uploadId: string, offset: number, size: number | undefined): ChattyError {
  const all = size === undefined ? "an unknown number" : String(size);
  return new ChattyError("UPLOAD_INCOMPLETE", `Only ${offset} of ${all} bytes have come.`, {
    hint: "Send the rest first.",
    where: { upload: uploadId, expected: offset },
  });
}

export function uploadBusy(uploadId: string): ChattyError {
  return new ChattyError("UPLOAD_BUSY", "This upload is being imported.", {
    hint: "Wait until the import is done, or cancel it.",
    where: { upload: uploadId },
  });
}

/** The stream that was being appended broke off by itself. */
export function uploadBrokenOff(uploadId: string, cause: unknown): ChattyError {
  return new ChattyError("UPLOAD_BROKEN_OFF", "The upload broke off.", {
    hint: "What came is kept. Ask how far it is, and send what follows.",
    where: { upload: uploadId },
    cause,
  });
}

export function uploadTakenOver(uploadId: string): ChattyError {
  return new ChattyError("UPLOAD_TAKEN_OVER", "The upload goes on over another connection.", {
    hint: "What came is kept.",
    where: { upload: uploadId },
  });
}

export function uploadStopped(uploadId: string): ChattyError {
  return new ChattyError("UPLOAD_STOPPED", "The upload was stopped.", {
    hint: "Ask how far it is, and send what follows whenever you like.",
    where: { upload: uploadId },
  });
}
