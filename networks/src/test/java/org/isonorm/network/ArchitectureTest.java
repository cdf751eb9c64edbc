package org.isonorm.network;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "org.isonorm.network",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule roomsHaveNoCycles =
      slices().matching("org.isonorm.network.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule roomsOfKernelsHaveNoCycles =
      slices().matching("org.isonorm.network.kernel.(*)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule interfacesAndShapesKnowNoImplementation =
      noClasses()
          .that()
          .resideInAPackage("org.isonorm.network.kernel")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.isonorm.network.kernel.*..");

  @ArchTest
  static final ArchRule oneDnnIsUsedByItsKernelsAlone =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.isonorm.network.kernel.onednn", "org.isonorm.network.kernel.vector")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco.dnnl..");

  @ArchTest
  static final ArchRule kernelsKnowNothingOfLayersAndNetworks =
      noClasses()
          .that()
          .resideInAPackage("org.isonorm.network.kernel..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.isonorm.network.benchmark",
              "org.isonorm.network.definition",
              "org.isonorm.network.graph",
              "org.isonorm.network.layer",
              "org.isonorm.network.parameters",
              "org.isonorm.network.plan",
              "org.isonorm.network.step",
              "org.isonorm.network.tuning",
              "org.deeplearning4j..");
}
