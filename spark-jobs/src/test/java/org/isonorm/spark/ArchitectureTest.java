package org.isonorm.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.memory.MemoryWorkspaceManager;

@AnalyzeClasses(
    packages = "org.isonorm.spark",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("org.isonorm.spark.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule reportsAreMadeFromFilesAlone =
      noClasses()
          .that()
          .resideInAPackage("org.isonorm.spark.report..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.isonorm.spark.train..",
              "org.isonorm.spark.averaging..",
              "org.isonorm.spark.jobs..",
              "org.isonorm.spark.preflight..",
              "org.isonorm.network..",
              "org.apache.spark..",
              "org.deeplearning4j..",
              "org.nd4j..");

  @ArchTest
  static final ArchRule nativeBindingsAreTheKernelsAffair =
      noClasses().should().dependOnClassesThat().resideInAPackage("org.bytedeco..");

  @ArchTest
  static final ArchRule onlyTheEntryPointCallsTheCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.isonorm.spark.cli..")
          .and()
          .doNotHaveSimpleName("Isonorm")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.isonorm.spark.cli..");

  @ArchTest
  static final ArchRule optionsStayInTheCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.isonorm.spark.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  @ArchTest
  static final ArchRule configurationsSchedulesAndRunFoldersNeedNoSpark =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.isonorm.spark.config..",
              "org.isonorm.spark.run..",
              "org.isonorm.spark.schedule..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.spark..");

  @ArchTest
  static final ArchRule graphsAreFreedWithoutCollectingTheWholeHeap =
      noClasses()
          .should()
          .callMethod(ComputationGraph.class, "close")
          .orShould()
          .callMethod(MemoryWorkspaceManager.class, "destroyAllWorkspacesForCurrentThread")
          .because("both collect the whole heap: GraphMemory does not");
}
