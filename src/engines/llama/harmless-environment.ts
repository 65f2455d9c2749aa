const PASSED_ON =
  /^(PATH|HOME|USERPROFILE|SystemRoot|TMPDIR|TEMP|TMP|LANG|LC_ALL|TZ|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|NODE_COMPILE_CACHE)$/
const PASSED_ON_PREFIX = /^(CUDA_|NVIDIA_|VK_|GGML_|HIP_|ROCR_|XDG_)/

/** The gateway's environment holds the keys of every vendor; a process that reads a stranger's file gets none of them. */
export function harmlessEnvironment(): NodeJS.ProcessEnv {
  const passed = Object.entries(process.env).filter(
    ([name]) => PASSED_ON.test(name) || PASSED_ON_PREFIX.test(name),
  )
  return Object.fromEntries(passed)
}
