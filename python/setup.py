"""Puts the jar that Maven built, or the one that ISONORM_JAR names, into the wheel."""

import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BUILT = Path(__file__).resolve().parent.parent / "spark-jobs" / "target" / "isonorm.jar"


class BuildWithJar(build_py):
    """Copies the jar beside the modules, where there is one."""

    def run(self) -> None:
        super().run()
        jar = Path(os.environ.get("ISONORM_JAR") or BUILT)
        folder = Path(self.build_lib) / "isonorm" / "jars"
        # Of an earlier build.
        shutil.rmtree(folder, ignore_errors=True)
        if jar.is_file():
            folder.mkdir(parents=True)
            shutil.copyfile(jar, folder / "isonorm.jar")
        else:
            print(f"isonorm: no jar at {jar}, so the wheel has none (name one by ISONORM_JAR)")


setup(cmdclass={"build_py": BuildWithJar})
