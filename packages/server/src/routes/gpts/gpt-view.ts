import type { ConstructPatch, ConstructView } from "@chatty/store";
import type { Gpt, GptPatch } from "../../api/gpts.ts";

export function gptFromView(view: ConstructView): Gpt {
  const { gptId, ...rest } = view;
  return { id: gptId, ...rest };
}

/** What can be set about a construct, and nothing else that a request may hold. */
export function patchOf(body: GptPatch): ConstructPatch {
  const {
    name,
    description,
    instructions,
    conversationStarters,
    avatar,
    capabilities,
    modelId,
    conversationModel,
    creativeModel,
    codingModel,
    orchestrationMode,
  } = body;
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(instructions === undefined ? {} : { instructions }),
    ...(conversationStarters === undefined ? {} : { conversationStarters }),
    ...(avatar === undefined ? {} : { avatar }),
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(modelId === undefined ? {} : { modelId }),
    ...(conversationModel === undefined ? {} : { conversationModel }),
    ...(creativeModel === undefined ? {} : { creativeModel }),
    ...(codingModel === undefined ? {} : { codingModel }),
    ...(orchestrationMode === undefined ? {} : { orchestrationMode }),
  };
}
