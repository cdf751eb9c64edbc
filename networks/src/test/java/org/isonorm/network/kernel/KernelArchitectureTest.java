package org.isonorm.network.kernel;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "org.isonorm.network",
    importOptions = ImportOption.DoNotIncludeTests.class)
class KernelArchitectureTest {

  @ArchTest
  static final ArchRule oneDnnIsUsedInTheKernelPackageAlone =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.isonorm.network.kernel")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco.dnnl..");

  @ArchTest
  static final ArchRule kernelsKnowNothingOfLayersAndNetworks =
      noClasses()
          .that()
          .resideInAPackage("org.isonorm.network.kernel")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.isonorm.network", "org.isonorm.network.layer", "org.deeplearning4j..");
}
