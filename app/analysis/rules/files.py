"""A module, library or file that the program needs is not in the image or not mounted. The command itself starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.analysis.clues import DECISIVE, POSSIBLE, PRINTED, SPECIFIC, USUAL, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause, RemedyClass

_FILE = Cause.MISSING_FILE

SIGNS = (
    sign(
        _FILE,
        DECISIVE - 0.4,
        r"""
        not a directory: .{0,20}(?:unknown|are you trying to mount)
        are you trying to mount a directory onto a file
        bind source path does not exist
        invalid mount config.{0,80}does not exist
        error mounting \S+ to rootfs
        hostPath type check failed
        failed to mount .{0,80}no such file
        MountVolume\.SetUp failed.{0,120}(?:no such file|does not exist)
        mount.{0,60}(?:source|path) .{0,80}(?:does not exist|no such file|not found)
        mounts denied
        path .{0,80}is not shared from the host
        persistentvolumeclaim .{0,60}not found
        Volume .{0,60}not found
        (?:Is|is) a directory.{0,60}(?:conf|config|\.\w{2,5}\b)
        (?:conf|config|\.(?:ya?ml|json|toml|cfg|conf|ini|xml|pem|crt|env|txt|php
            ...|sql))\S*['\"]?[:,]? (?:is a directory|read error: Is a directory)
        EISDIR
        """,
        remedy=RemedyClass.FIX_MOUNT,
        because="what is to be mounted is not there, or a directory stands where a file should",
        unless=r"secret|configmap",
    ),
    sign(
        _FILE,
        SPECIFIC + 0.3,
        r"""
        ModuleNotFoundError
        No module named
        Cannot find module
        Cannot find package
        ERR_MODULE_NOT_FOUND
        MODULE_NOT_FOUND
        error while loading shared libraries
        cannot open shared object file
        Library not loaded
        Error loading shared library
        Error relocating
        cannot load such file
        Could not find gem
        Bundler::GemNotFound
        Could not find \S+ in (?:any of the sources|locally installed gems)
        GemNotFound
        NoClassDefFoundError
        ClassNotFoundException
        Could not load file or assembly
        FileNotFoundException
        DllNotFoundException
        Unable to load (?:shared|native) library
        UnsatisfiedLinkError
        Class ['\"]?\S+['\"]? not found
        Failed opening required
        require_once\(
        require\(\S+\): [Ff]ailed to open stream
        undefined function \w+\(\)
        Call to undefined function
        could not find driver
        PHP Startup: Unable to load dynamic library
        version `GLIBC(?:XX)?_[\d.]+' not found
        GLIBC_\d
        package \S+ is not (?:installed|in)
        DistributionNotFound
        PackageNotFoundError
        pkg_resources\.\w*NotFound
        is not installed\b
        not installed in
        there is no package called
        Can't locate \S+\.pm in @INC
        could not (?:open|load) (?:plugin|extension|module)
        extension .{0,40}is not available
        required extension .{0,60}(?:not|missing)
        libssl
        libcrypto
        libgomp
        libGL\.so
        (?:could not|cannot|failed to) (?:load|find|initialize) (?:the )?(?:\w+ ){0,3}(?:plugin|library
            ...|driver|module|extension|provider)\b
        Cannot resolve module
        Module not found: Error
        The framework 'Microsoft\.\w+.{0,60}was not found
        You must install (?:or update )?\.NET
        It was not possible to find any (?:compatible|installed)
        template .{0,40}not found
        TemplateDoesNotExist
        TemplateNotFound
        index\.html.{0,20}(?:not found|no such)
        view .{0,40}not found
        """,
        because="a module, library or class that it needs is not in the image",
        unless=r"command not found|libcuda|libnvidia|nvml|Cannot find module '?(?:undefined|null)"
        r"|going on without|No module named pip|health",
    ),
    sign(
        _FILE,
        USUAL + 0.2,
        r"""
        ENOENT
        No such file or directory
        FileNotFoundError
        (?:config|configuration|settings|key|cert\w*|data|model|license|schema|template|script|static|jar
            ...|source) ?files?\b.{0,120}(?:not found|does not exist|doesn't exist|missing|no such file
            ...|cannot be found|could not be found)
        (?:could not|cannot|can't|unable to|failed to) (?:open|read|load|find|locate
            ...|stat) (?:the )?(?:input )?(?:file|path)?.{0,100}(?:no such file|not found|does not exist)
        [\w/-]+\.(?:dll|jar|py|js|mjs|ts|php|rb|json|ya?ml|conf|toml|ini|xml|pem|crt|key|so|db|html|env
            ...|model|bin|onnx|gguf|pt)['\"]? (?:does not exist|doesn't exist|is missing|not found
            ...|could not be found)
        file (?:was )?not found
        file does not exist
        no such file
        cannot find the (?:file|path) specified
        can't open file '
        path .{0,80}does not exist
        open \S+: no such file
        Could not find (?:a part of the path|file|/\S)
        (?:weights|model|checkpoint|tokenizer|safetensors|gguf)\b.{0,80}(?:not found|does not exist|missing
            ...|no file)
        """,
        because="a file that it opens is not there",
        unless=r", client: .{0,80}request: "
        r"|executable file|exec(?: user process|:)|exec /|env: |bad interpreter|socket|\.sock|\.pid\b"
        r"|libcuda|nvidia|health|curl|wget|rm: |tini|command not found|/dev/(?:kfd|dri|shm)|chown|\.lock",
    ),
    sign(
        _FILE,
        USUAL,
        r"""
        cannot import name
        ImportError
        undefined symbol
        symbol lookup error
        symbol not found
        NoSuchMethodError
        incompatible version of
        requires \S+ ?[<>=]=?
        peer dep
        version conflict
        ContextualVersionConflict
        """,
        where=PRINTED,
        because="a library that it needs is not there in a version that fits",
        remedy=RemedyClass.ROLLBACK,
    ),
    sign(
        _FILE,
        POSSIBLE,
        r"""
        not (?:present|included|bundled|packaged|copied) in the image
        missing from the image
        image (?:lacks|misses|does not contain)
        """,
        because="something is not in the image",
    ),
)


_MOUNTED = re.compile(
    r"/(?:etc|config|conf|certs?|secrets?|run/secrets|mnt|data|models?)/|\.(?:ya?ml|conf|cnf|crt|pem"
    r"|key|toml|ini)\b",
    re.IGNORECASE,
)


def read(scene: Scene) -> Iterator[Clue]:
    for clue in read_signs(scene, SIGNS):
        mounted = clue.remedy is None and clue.weight < SPECIFIC and _MOUNTED.search(clue.quotes[0].text)
        yield replace(clue, remedy=RemedyClass.FIX_MOUNT) if mounted else clue
