{
  "variables": {
    # "asan": AddressSanitizer, UndefinedBehaviorSanitizer and fault injection; for tests only.
    "sanitize%": ""
  },
  "targets": [
    {
      "target_name": "holdfast",
      "sources": [
        "native/core/engine_flags.cc",
        "native/core/exit_guard.cc",
        "native/core/finalization_log.cc",
        "native/core/handle_table.cc",
        "native/core/ledger.cc",
        "native/core/module_pin.cc",
        "native/core/native_limit.cc",
        "native/core/thread_clock.cc",
        "native/core/transit.cc",
        "native/resources/arena.cc",
        "native/resources/file.cc",
        "native/resources/memory.cc",
        "native/resources/memory_handover.cc",
        "native/resources/secret_memory.cc",
        "native/resources/secret_pool.cc",
        "native/resources/shared_memory.cc",
        "native/binding/arena_binding.cc",
        "native/binding/collection_sentinel.cc",
        "native/binding/directory_binding.cc",
        "native/binding/environment.cc",
        "native/binding/file_binding.cc",
        "native/binding/handle_binding.cc",
        "native/binding/limit_binding.cc",
        "native/binding/mapped_file_binding.cc",
        "native/binding/memory_binding.cc",
        "native/binding/module.cc",
        "native/binding/pool_job.cc",
        "native/binding/release_queue.cc",
        "native/binding/secret_binding.cc",
        "native/binding/shared_memory_binding.cc",
        "native/binding/statistics_binding.cc",
        "native/binding/tracking_binding.cc",
        "native/binding/transfer_binding.cc",
        "native/binding/views.cc",
        "native/binding/weak_targets.cc"
      ],
      "include_dirs": ["native"],
      # Fixed at the oldest version the supported runtimes have: one above the runtime's crashes it.
      "defines": ["NAPI_VERSION=9"],
      "cflags": ["-fvisibility=hidden", "-Wall", "-Wextra", "-Werror", "-O3", "-flto", "-fno-tree-slp-vectorize"],
      "cflags_cc": ["-std=c++20", "-fvisibility-inlines-hidden", "-fno-exceptions", "-fno-rtti"],
      "conditions": [
        ["OS=='win'", {
          "sources": [
            "native/resources/directory_win32.cc",
            "native/resources/file_map_win32.cc",
            "native/resources/file_win32.cc",
            "native/resources/guarded_pages_win32.cc",
            "native/resources/map_faults_win32.cc",
            "native/resources/pages_win32.cc",
            "native/resources/shared_memory_win32.cc"
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
            "native/resources/directory_posix.cc",
            "native/resources/file_map_posix.cc",
            "native/resources/file_posix.cc",
            "native/resources/guarded_pages_posix.cc",
            "native/resources/map_faults_posix.cc",
            "native/resources/pages_posix.cc",
            "native/resources/shared_memory_posix.cc"
          ]
        }],
        ["OS=='linux'", {
          # shm_open lies there in C libraries before glibc 2.34.
          "libraries": ["-lrt"],
          "ldflags": ["-flto", "-O3", "-fno-tree-slp-vectorize", "-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic"]
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
          "defines": ["HOLDFAST_FAULT_INJECTION"],
          "cflags": ["-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g", "-O1"],
          "ldflags": ["-fsanitize=address,undefined"]
        }]
      ]
    }
  ]
}
