/** What went wrong with a lab, and what a person can do about it. */
export interface LabError {
  /** One sentence: what was found, and what was expected. */
  sentence: string;
  todo: string;
  /** 3: asked wrongly, or this machine is not fit; nothing was started. 4: started, failed, and cleaned up. */
  exitCode: 3 | 4;
}

/** Nothing was started. */
export const refusal = (sentence: string, todo: string): {ok: false; error: LabError} => ({
  ok: false,
  error: {sentence, todo, exitCode: 3},
});

/** Something was started. */
export const failure = (sentence: string, todo: string): {ok: false; error: LabError} => ({
  ok: false,
  error: {sentence, todo, exitCode: 4},
});
