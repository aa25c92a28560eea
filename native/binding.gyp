{
  "variables": {
    # "asan": AddressSanitizer and UndefinedBehaviorSanitizer, with `faults`; for tests only.
    "sanitize%": "",
    # 1: calls of the heap, of the system and of the engine fail on demand: test/native/faults/faults.h.
    "faults%": 0,
    # 1: for glibc 2.28 and all later ones, as binaries that are shipped. See glibc/floor.cc.
    "glibc_floor%": 0
  },
  "targets": [
    {
      "target_name": "holdfast",
      "sources": [
        "core/engine_flags.cc",
        "core/exit_guard.cc",
        "core/finalization_log.cc",
        "core/handle_table.cc",
        "core/ledger.cc",
        "core/module_pin.cc",
        "core/native_limit.cc",
        "core/thread_clock.cc",
        "core/transit.cc",
        "resources/arena.cc",
        "resources/file.cc",
        "resources/memory.cc",
        "resources/memory_handover.cc",
        "resources/secret_memory.cc",
        "resources/secret_pool.cc",
        "resources/shared_memory.cc",
        "binding/arena_binding.cc",
        "binding/collection_sentinel.cc",
        "binding/directory_binding.cc",
        "binding/environment.cc",
        "binding/file_binding.cc",
        "binding/handle_binding.cc",
        "binding/limit_binding.cc",
        "binding/mapped_file_binding.cc",
        "binding/memory_binding.cc",
        "binding/module.cc",
        "binding/pool_job.cc",
        "binding/release_queue.cc",
        "binding/secret_binding.cc",
        "binding/shared_memory_binding.cc",
        "binding/statistics_binding.cc",
        "binding/tracking_binding.cc",
        "binding/transfer_binding.cc",
        "binding/views.cc",
        "binding/weak_targets.cc"
      ],
      "include_dirs": ["."],
      # Fixed at the oldest version the supported runtimes have: one above the runtime's crashes it.
      "defines": ["NAPI_VERSION=9"],
      "cflags": ["-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-O3", "-flto", "-fno-tree-slp-vectorize"],
      "cflags_cc": ["-std=c++20", "-fvisibility-inlines-hidden", "-fno-exceptions", "-fno-rtti"],
      "conditions": [
        ["OS=='win'", {
          "sources": [
            "resources/directory_win32.cc",
            "resources/file_map_win32.cc",
            "resources/file_win32.cc",
            "resources/guarded_pages_win32.cc",
            "resources/map_faults_win32.cc",
            "resources/pages_win32.cc",
            "resources/shared_memory_win32.cc"
          ],
          "msvs_settings": {
            "VCCLCompilerTool": {
              "AdditionalOptions": ["/std:c++20"],
              "WarningLevel": 4,
              "WarnAsError": "true"
            }
          }
        }, {
          "sources": [
            "resources/directory_posix.cc",
            "resources/file_map_posix.cc",
            "resources/file_posix.cc",
            "resources/guarded_pages_posix.cc",
            "resources/map_faults_posix.cc",
            "resources/pages_posix.cc",
            "resources/shared_memory_posix.cc"
          ]
        }],
        ["OS=='linux'", {
          # shm_open lies there in C libraries before glibc 2.34.
          "libraries": ["-lrt"],
          "ldflags": ["-flto", "-O3", "-fno-tree-slp-vectorize", "-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic"]
        }],
        ["glibc_floor==1", {
          "dependencies": ["holdfast_glibc_floor"],
          # Where glibc 2.28 has what is in libc.so.6 today.
          "ldflags": ["-Wl,--push-state,--no-as-needed,-l:libpthread.so.0,-l:libdl.so.2,-l:librt.so.1,--pop-state"]
        }],
        ["OS=='mac'", {
          "xcode_settings": {
            "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
            "GCC_ENABLE_CPP_EXCEPTIONS": "NO",
            "GCC_ENABLE_CPP_RTTI": "NO",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
            "GCC_TREAT_WARNINGS_AS_ERRORS": "YES",
            "MACOSX_DEPLOYMENT_TARGET": "11.0"
          }
        }],
        ["sanitize=='asan'", {
          "cflags": ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g", "-O1"],
          "ldflags": ["-fsanitize=address,undefined"]
        }],
        ["faults==1 or sanitize=='asan'", {
          "defines": ["HOLDFAST_FAULT_INJECTION"],
          "sources": [
            "../test/native/faults/engine_faults.cc",
            "../test/native/faults/fault_binding.cc",
            "../test/native/faults/faults.cc",
            "../test/native/faults/system_faults.cc"
          ],
          # What is inlined or resolved before the linker looks for replacements would not be replaced.
          "cflags": ["-fno-lto"],
          "ldflags": [
            "-fno-lto",
            "@<(module_root_dir)/../test/native/faults/system.rsp",
            "@<(module_root_dir)/../test/native/faults/engine.rsp"
          ]
        }]
      ]
    }
  ],
  "conditions": [
    ["glibc_floor==1", {
      "targets": [
        {
          "target_name": "holdfast_glibc_floor",
          "type": "static_library",
          "sources": ["glibc/floor.cc"],
          "cflags": ["-Wall", "-Wextra", "-Werror", "-O2", "-fno-lto"],
          "cflags_cc": ["-std=c++20", "-fno-exceptions", "-fno-rtti"]
        }
      ]
    }]
  ]
}
